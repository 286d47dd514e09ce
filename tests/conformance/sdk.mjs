// The vendors' own clients talk to fake-llm: what they take for a reply, an
// error or a refusal is what the fake says it is.  Usage: node sdk.mjs FAKE
import assert from "node:assert/strict";
import {spawn} from "node:child_process";
import {mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {createInterface} from "node:readline";
import Anthropic from "@anthropic-ai/sdk";
import {ApiError, GoogleGenAI} from "@google/genai";
import {Ollama} from "ollama";
import OpenAI from "openai";

const program = process.argv[2];
const dir = mkdtempSync(join(tmpdir(), "caucus-sdk."));
const system = "It has at most 200 characters.";
const user = '{"person":1,"opinion":"We want quiet."}\n';
let checks = 0;

async function withFake(script, use) {
  const file = join(dir, "script");
  writeFileSync(file, script + "\n");
  const child = spawn(program, ["--script", file],
    {stdio: ["ignore", "pipe", "inherit"]});
  const lines = createInterface({input: child.stdout});
  const [line] = await new Promise((resolve) =>
    lines.once("line", (l) => resolve([l])));
  try {
    await use(`http://${line.split(" ")[1]}`);
  } finally {
    child.kill();
  }
}

// A row a client: how it asks, what it got, and what its errors say.
const clients = {
  openai: {
    ask: (base, retries = 0) => new OpenAI(
      {baseURL: base + "/v1", apiKey: "k", maxRetries: retries})
      .chat.completions.create({model: "m", seed: 7, temperature: 0.5,
        max_completion_tokens: 10, messages: [
          {role: "system", content: system}, {role: "user", content: user}]}),
    text: (r) => r.choices[0].message.content,
    finish: (r) => r.choices[0].finish_reason,
    tokens: (r) => [r.usage.prompt_tokens, r.usage.completion_tokens],
    refused: (r) => r.choices[0].message.refusal !== null,
    finishes: {stop: "stop", length: "length", filter: "content_filter"},
    status: (e) => e.status,
    errors: {"401": OpenAI.AuthenticationError, "429": OpenAI.RateLimitError,
      "500": OpenAI.InternalServerError, "529": OpenAI.InternalServerError,
      "quota": OpenAI.RateLimitError,
      "parameter temperature": OpenAI.BadRequestError},
  },
  responses: {
    ask: (base, retries = 0) => new OpenAI(
      {baseURL: base + "/v1", apiKey: "k", maxRetries: retries})
      .responses.create({model: "m", instructions: system, input: user,
        max_output_tokens: 10, store: false}),
    text: (r) => r.output_text,
    finish: (r) => r.incomplete_details?.reason ?? r.status,
    tokens: (r) => [r.usage.input_tokens, r.usage.output_tokens],
    refused: (r) => r.output.some((i) => i.type === "message" &&
      i.content.some((c) => c.type === "refusal")),
    finishes: {stop: "completed", length: "max_output_tokens",
      filter: "content_filter"},
    status: (e) => e.status,
    errors: {"401": OpenAI.AuthenticationError, "429": OpenAI.RateLimitError,
      "500": OpenAI.InternalServerError, "529": OpenAI.InternalServerError},
  },
  anthropic: {
    ask: (base, retries = 0) => new Anthropic(
      {baseURL: base, apiKey: "k", maxRetries: retries})
      .messages.create({model: "m", max_tokens: 10, system,
        messages: [{role: "user", content: user}]}),
    text: (r) => r.content.filter((c) => c.type === "text")
      .map((c) => c.text).join(""),
    finish: (r) => r.stop_reason,
    tokens: (r) => [r.usage.input_tokens + r.usage.cache_read_input_tokens +
      r.usage.cache_creation_input_tokens, r.usage.output_tokens],
    refused: (r) => r.stop_reason === "refusal",
    finishes: {stop: "end_turn", length: "max_tokens", filter: "refusal"},
    status: (e) => e.status,
    errors: {"401": Anthropic.AuthenticationError,
      "429": Anthropic.RateLimitError, "500": Anthropic.InternalServerError,
      "529": Anthropic.InternalServerError,
      "parameter max_tokens": Anthropic.BadRequestError},
  },
  gemini: {
    ask: (base) => new GoogleGenAI(
      {apiKey: "k", httpOptions: {baseUrl: base, apiVersion: "v1beta"}})
      .models.generateContent({model: "m", contents: user,
        config: {systemInstruction: system, seed: 7, temperature: 0.5,
          maxOutputTokens: 10}}),
    text: (r) => r.text,
    finish: (r) => r.candidates[0].finishReason,
    tokens: (r) => [r.usageMetadata.promptTokenCount,
      r.usageMetadata.candidatesTokenCount +
      r.usageMetadata.thoughtsTokenCount],
    refused: (r) => r.promptFeedback?.blockReason !== undefined,
    finishes: {stop: "STOP", length: "MAX_TOKENS", filter: "SAFETY"},
    status: (e) => e.status,
    errors: {"401": ApiError, "429": ApiError, "500": ApiError,
      "parameter seed": ApiError},
  },
  ollama: {
    ask: (base) => new Ollama({host: base}).chat({model: "m",
      options: {seed: 7, num_predict: 10}, messages: [
        {role: "system", content: system}, {role: "user", content: user}]}),
    text: (r) => r.message.content,
    finish: (r) => r.done_reason,
    tokens: (r) => [r.prompt_eval_count, r.eval_count],
    finishes: {stop: "stop", length: "length"},
    status: (e) => e.status_code,
    errors: {"401": Error, "429": Error, "500": Error, "529": Error},
  },
};

const faults = {stop: "none", length: "* length", filter: "* filter"};

async function check(name, c) {
  await withFake("", async (base) => {
    const r = await c.ask(base);
    assert.equal(JSON.parse(c.text(r)).statement, "We want quiet.");
    assert.deepEqual(c.tokens(r), [100, 20]);
    assert.equal(c.finish(r), c.finishes.stop);
    checks += 3;
  });
  for (const [finish, word] of Object.entries(c.finishes)) {
    if (finish === "stop")
      continue;
    await withFake(faults[finish], async (base) => {
      assert.equal(c.finish(await c.ask(base)), word);
      checks++;
    });
  }
  for (const [fault, type] of Object.entries(c.errors))
    await withFake("* " + fault, async (base) => {
      await assert.rejects(() => c.ask(base), (e) => {
        assert.ok(e instanceof type, `${name}, ${fault}: ${e}`);
        assert.ok(c.status(e) >= 400, `${name}, ${fault}: ${c.status(e)}`);
        return true;
      });
      checks += 2;
    });
  if (c.refused !== undefined)
    await withFake("* refusal", async (base) => {
      assert.ok(c.refused(await c.ask(base)));
      checks++;
    });
  console.log(`${name}: as its own client has it`);
}

// Retry-After is obeyed by who wrote it.
async function checkRetry(name, c) {
  await withFake("1 429 0", async (base) => {
    assert.ok(c.text(await c.ask(base, 1)).length > 0);
    checks++;
  });
}

async function checkEmbeddings() {
  const input = ["a", "ab"];
  await withFake("", async (base) => {
    const openai = new OpenAI({baseURL: base + "/v1", apiKey: "k"});
    // Without a format it asks for base64 and decodes it itself.
    const packed = await openai.embeddings.create({model: "m", input});
    const plain = await openai.embeddings.create(
      {model: "m", input, encoding_format: "float"});
    assert.deepEqual([...packed.data[1].embedding],
      [...plain.data[1].embedding]);
    assert.equal(plain.data.length, 2);
    const ollama = await new Ollama({host: base}).embed({model: "m", input});
    assert.deepEqual(ollama.embeddings[0], [...plain.data[0].embedding]);
    const gemini = await new GoogleGenAI(
      {apiKey: "k", httpOptions: {baseUrl: base, apiVersion: "v1beta"}})
      .models.embedContent({model: "m", contents: input});
    assert.deepEqual(gemini.embeddings[1].values,
      [...plain.data[1].embedding]);
    checks += 4;
  });
  console.log("embeddings: as their own clients have them");
}

try {
  for (const [name, c] of Object.entries(clients))
    await check(name, c);
  for (const name of ["openai", "responses", "anthropic"])
    await checkRetry(name, clients[name]);
  await checkEmbeddings();
  console.log(`${checks} checks hold`);
} finally {
  rmSync(dir, {recursive: true});
}
