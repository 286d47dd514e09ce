#!/usr/bin/env python3
"""Takes part in a deliberation: participant.py SOCKET CODE [NAME]
Sends the lines you type: s3>s1=s2 for a ballot, s3=6 s1=4 for ratings."""
import json, secrets, socket, sys

def call(method, **params):
    """One request, one answer; what comes in between will be in the view."""
    call.id += 1
    print(json.dumps({"jsonrpc": "2.0", "id": call.id, "method": method,
                      "params": params}), file=wire, flush=True)
    while (answer := json.loads(wire.readline())).get("id") != call.id: pass
    if "error" in answer:
        raise ValueError(answer["error"]["message"])
    return answer["result"]

def give(slot, kind, line):  # the key makes it safe to send twice
    gift = {"session": me["session"], "key": secrets.token_hex(16)}
    if slot in ("agreement", "quality"):
        pairs = (word.split("=") for word in line.split())
        return call("contribution.rate", **gift, **{slot: {s: int(n) for s, n in pairs}})
    value = int(line) if kind == "choice" and line.isdigit() else line
    gift |= {"ranking": line} if slot == "ballot" else {"slot": slot, kind: value}
    call("contribution." + kind.replace("choice", "choose"), **gift)

wire = socket.socket(socket.AF_UNIX)
wire.connect(sys.argv[1])
call.id, wire, join = 0, wire.makefile("rw"), {"code": sys.argv[2]}
offer = call("session.terms", **join)
print(offer["question"]["text"], offer["terms"]["text"], sep="\n\n")
join |= {"name": n for n in sys.argv[3:4]} | {"terms": offer["terms"]["digest"]}
me = offer | call("session.join", **join)
call("session.subscribe", session=me["session"])
while not (view := call("session.get", session=me["session"]))["concluded"]:
    todo = [a for a in view["asks"] if "given" not in a]
    if view["you"]["complete"] or not todo:
        wire.readline()  # something happens: look again
        continue
    print(*(s["statement"] + " " + s["text"] for s in view["slate"]), sep="\n")
    try:
        give(todo[0]["slot"], todo[0]["kind"], input(todo[0]["help"] + ": "))
    except ValueError as why:
        print(why)  # and ask again
print(view["result"]["outcome"], view["result"].get("text", ""), sep="\n")
