#include "llm/cues.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* How a row's entries are looked for. */
enum how {
	WORD,	/* a word; entries are separated by spaces */
	PHRASE, /* words in a row; entries are separated by | */
	START,	/* the same at the start of the sentence */
	INSIDE, /* characters anywhere; by spaces */
	OPENS	/* characters at the start of the sentence; by spaces */
};

struct row {
	unsigned cues;
	enum how how;
	const char *entries; /* case-folded, NFKC */
};

/*
 * Left out where two languages clash: "die" and "man" are German for the and
 * one, "sin" is Spanish for without, "but" is French for goal.  French ne is
 * empty here, for ne … pas turns the sense once, not twice.
 */
/* clang-format off */
static const struct row rows[] = {
	/* English */
	{ CUE_STOP, WORD,
	  "a about above after again all also am an and any are as at be because "
	  "been before being below between both but by can could did do does "
	  "doing done down during each even every few for from further get gets "
	  "had has have having he her here hers him his how i if in into is it "
	  "its itself just made make makes many me might more most much must my "
	  "myself need needs of off on once one only onto or other our ours out "
	  "over own same shall she should so some such than that the their them "
	  "then there these they thing things this those through thus to too "
	  "under until up upon us very was we were what when where whether which "
	  "while who whom whose why will with within would yet you your yours" },
	{ CUE_STOP | CUE_VIEW, WORD, "should must ought shall need needs" },
	{ CUE_VIEW, WORD,
	  "needed better best important essential necessary vital fair unfair "
	  "deserve deserves want prefer propose recommend require required "
	  "limit limited keep ensure protect let" },
	{ CUE_VIEW | CUE_PLUS, WORD,
	  "allow allowed allows permit permitted support supports agree" },
	{ CUE_PLUS, WORD, "more increase increased raise raised higher" },
	{ CUE_VIEW | CUE_TURN, WORD,
	  "ban banned bans banning forbid forbidden prohibit prohibited oppose "
	  "opposed against abolish abolished disagree" },
	{ CUE_TURN, WORD, "less fewer reduce reduced lower" },
	{ CUE_NOT | CUE_STOP, WORD,
	  "not no never none nobody nothing neither nor cannot without" },
	{ CUE_NOT, PHRASE, "not only|not just|no doubt" },
	{ CUE_VIEW, PHRASE,
	  "have to|has to|in favour of|in favor of|would be good|would be right" },
	{ CUE_BRIDGE, WORD,
	  "unless although though whereas except exception exceptions balance "
	  "compromise both provided reasonable together" },
	{ CUE_BRIDGE, PHRASE,
	  "as long as|even if|at the same time|but only|as well as|and not only" },
	{ CUE_STOP | CUE_SELF, WORD, "i me my mine myself i'm i've" },
	{ CUE_STOP | CUE_PRONOUN, WORD, "it them they this these those he she" },
	{ CUE_HARSH, WORD,
	  "nonsense ridiculous stupid idiot idiots idiotic absurd insane crazy "
	  "disgusting pathetic rubbish trash scum moron morons bullshit shameful disgrace lazy liars" },
	{ CUE_LATE, WORD,
	  "review reviewed evaluate evaluated evaluation trial pilot exception "
	  "exceptions finally whatever consequences unless" },
	{ CUE_LATE, PHRASE,
	  "after a year|after one year|after one term|for one term|for a year|"
	  "such as" },
	{ CUE_LATE, START,
	  "if|unless|not every|older|younger|some|those who|those with|anyone who|"
	  "a pupil who|a child who|a person who|people who|whoever|in some" },
	{ CUE_LEANS, START,
	  "this|that|these|those|it|its|it's|that's|they're|he's|she's|they|them|he|she|his|her|their|such|then|"
	  "but|however|and|or|so|thus|hence|therefore|also|yet|still|moreover|"
	  "furthermore|besides|additionally|otherwise|instead|consequently|"
	  "nevertheless|nonetheless|similarly|for example|for instance|in "
	  "addition|on the other hand|on the contrary|in contrast|first|firstly|"
	  "second|secondly|third|thirdly|finally|lastly|likewise|even so|because "
	  "of|as a result|in other words|in that case|yes|no|same|which|except|"
	  "especially|of course|indeed|again|too|another|one of them|neither|"
	  "both of|i agree|i disagree|maybe|perhaps" },
	{ CUE_STANDS, START,
	  "no one|no child|no pupil|no person|no student|no school|no family|no "
	  "country|no citizen|still others|it is important|it is essential|it is "
	  "right|it is wrong|it is fair|it is unfair|it is good|it is better|it "
	  "is necessary|it is vital|it is reasonable|it is time|it is unclear|it "
	  "is hard|it is easy|it is difficult|it is impossible|it is possible|it "
	  "should be possible|it must be possible|it would be good|it would be "
	  "better|it would be fair|it would be wrong|it would be right|first of "
	  "all the|those who|those with|because of the|too many|too much|too "
	  "little|too few|second hand|first year|both sides|no matter" },
	{ CUE_HELLO, START,
	  "hello|hi|hey|dear|good morning|good evening|good afternoon|greetings|"
	  "thanks|thank you|welcome|cheers|regards|best regards|kind regards|"
	  "sincerely|yours|sorry|lol|my name is|as i said|as said|that's all|in "
	  "my opinion|just my two cents|i hope this helps" },
	{ CUE_OBJECT, WORD,
	  "disagree object objection wrong unfair unclear vague remove removed "
	  "delete deleted drop strike unacceptable dislike weak excessive "
	  "unrealistic refuse reject oppose against" },
	{ CUE_OBJECT, PHRASE,
	  "too far|too much|too strict|too weak|too vague|too harsh|too little|"
	  "too many|cannot sign|cannot accept|can't accept|can't sign|don't like|"
	  "do not like|not agree|don't agree|not accept|no need|take out|not fair|"
	  "should not say|cannot agree|can't agree|not true|goes against" },
	{ CUE_MISS, WORD,
	  "miss missing misses lack lacks lacking omit omits omitted forget "
	  "forgets forgot forgotten ignores ignored overlooks overlooked mention "
	  "mentions mentioned add addresses" },
	{ CUE_MISS, PHRASE,
	  "nothing about|not say|left out|leaves out|leave out|no word|should "
	  "also|could also|also say|also include|what about|not address|would "
	  "like to see|not a word|says nothing" },
	{ CUE_META, WORD,
	  "statement draft wording sentence paragraph text version document" },
	{ CUE_META, START,
	  "it should|it must|it could|it does|it doesn't|it says|it ignores|it "
	  "lacks|it leaves|it needs|it forgets|it misses|it is too|it goes|i "
	  "miss|i would like|i agree|i like|i think it|please|there is nothing|"
	  "there is no word|missing|what about" },

	{ CUE_BACK, START,
	  "but|however|yet|still|nevertheless|nonetheless|even so|that said|"
	  "on the other hand|on the contrary|in contrast|i now|now i|now|today|"
	  "except|unless|then again|having said that|pero|sin embargo|mais|"
	  "cependant|toutefois|aber|jedoch|doch|allerdings|trotzdem|porém|però|"
	  "но|однако|зато|لكن|ولكن|하지만|그러나" },
	{ CUE_BACK, OPENS,
	  "但 可是 不过 不過 然而 相反 现在 現在 しかし でも ただし けれど แต่" },

	/* Spanish */
	{ CUE_STOP, WORD,
	  "el la los las un una unos unas y o u e de del al a en por para con que "
	  "se su sus lo le les es son ser está están como más pero si ya muy "
	  "también este esta estos estas ese esa eso esto hay ha han fue sobre "
	  "entre cuando donde quien cada todo toda todos todas nos nuestro "
	  "nuestra nuestros nuestras porque qué cual hasta desde" },
	{ CUE_STOP | CUE_VIEW, WORD,
	  "debe deben debería deberían debemos necesario necesitan necesita "
	  "necesitamos conviene importante justo propongo apoyo permitir" },
	{ CUE_VIEW, PHRASE, "hay que|tiene que|tienen que|a favor" },
	{ CUE_VIEW | CUE_TURN, WORD, "prohibir prohibido prohibición contra menos" },
	{ CUE_NOT | CUE_STOP, WORD, "nunca jamás ningún ninguna" },
	{ CUE_SELF | CUE_STOP, WORD, "yo mi mis" },
	{ CUE_BRIDGE, WORD, "salvo excepto aunque equilibrio siempre" },
	{ CUE_LEANS, START,
	  "esto|eso|este|esta|pero|sin embargo|además|también|por eso|por lo "
	  "tanto|así|entonces|por ejemplo|y|o|ellos|ellas" },
	{ CUE_HELLO, START, "hola|buenos días|buenas tardes|gracias|saludos" },
	{ CUE_MISS, WORD, "falta faltan añadir agregar incluir menciona mencionar" },
	{ CUE_OBJECT, WORD, "desacuerdo injusto quitar eliminar demasiado vago" },
	{ CUE_META, WORD, "declaración texto redacción" },

	/* French */
	{ CUE_STOP, WORD,
	  "le la les un une des du de et ou à au aux en dans par pour avec que "
	  "qui se sa ses son leur leurs ce cet cette ces il elle ils elles on "
	  "nous vous est sont être ont avoir plus mais si très aussi comme où ne "
	  "y notre nos votre vos tout tous toute toutes sur entre chaque donc "
	  "car cela quand" },
	{ CUE_STOP | CUE_VIEW, WORD,
	  "doit doivent devrait devraient devons faut faudrait nécessaire juste "
	  "propose soutiens permettre autoriser important importante" },
	{ CUE_VIEW | CUE_TURN, WORD, "interdire interdit interdiction contre moins" },
	{ CUE_NOT | CUE_STOP, WORD, "pas jamais aucun aucune sans" },
	{ CUE_SELF | CUE_STOP, WORD, "je j moi mon ma mes" },
	{ CUE_BRIDGE, WORD, "sauf bien-que équilibre condition exceptions" },
	{ CUE_LEANS, START,
	  "mais|cependant|donc|ainsi|cela|ceci|ça|c'est|de plus|aussi|par exemple|"
	  "et|ou|ils|elles|toutefois|alors|enfin" },
	{ CUE_HELLO, START, "bonjour|bonsoir|salut|merci|cordialement" },
	{ CUE_MISS, WORD, "manque manquent ajouter mentionne oublie oublié" },
	{ CUE_OBJECT, WORD, "désaccord injuste supprimer trop flou retirer" },
	{ CUE_META, WORD, "texte déclaration formulation phrase" },

	/* German */
	{ CUE_STOP, WORD,
	  "der die das den dem des ein eine einer eines einem einen und oder in "
	  "im an am auf aus bei mit nach von vom zu zum zur für über unter durch "
	  "ist sind sein seine seiner hat haben wird werden wurde als auch so "
	  "dass wenn weil aber nur noch schon sehr mehr es er sie wir ihr uns "
	  "unser unsere sich kann können soll sollen muss müssen alle allen jede "
	  "jeder jedes dieser diese dieses um wie vor zwischen" },
	{ CUE_STOP | CUE_VIEW, WORD,
	  "soll sollen sollte sollten muss müssen müsste müssten braucht brauchen "
	  "darf dürfen wichtig nötig notwendig gerecht fair besser erlauben "
	  "erlaubt dafür vorschlagen" },
	{ CUE_VIEW | CUE_TURN, WORD,
	  "verbot verbieten verboten gegen dagegen weniger abschaffen" },
	{ CUE_NOT | CUE_STOP, WORD, "nicht kein keine keiner keinen keinem nie ohne" },
	{ CUE_NOT, PHRASE, "nicht nur" },
	{ CUE_SELF | CUE_STOP, WORD, "ich mich mir mein meine meiner meinen" },
	{ CUE_BRIDGE, WORD, "außer solange obwohl ausnahme ausnahmen sofern" },
	{ CUE_LATE, WORD, "ausnahme ausnahmen überprüfen überprüft probe versuch" },
	{ CUE_LEANS, START,
	  "aber|jedoch|doch|deshalb|daher|darum|dann|das|dies|dieser|diese|dieses|"
	  "und|oder|auch|außerdem|zudem|zum beispiel|sonst|trotzdem|er|sie|es|"
	  "deswegen|allerdings" },
	{ CUE_STANDS, START, "es ist wichtig|es sollte|es muss|es gibt|es braucht" },
	{ CUE_HELLO, START, "hallo|guten tag|guten morgen|danke|vielen dank|liebe" },
	{ CUE_MISS, WORD,
	  "fehlt fehlen vermisse ergänzen ergänzt erwähnt vergisst vergessen" },
	{ CUE_OBJECT, WORD,
	  "falsch unfair ungerecht streichen unklar vage ablehnen übertrieben" },
	{ CUE_META, WORD, "erklärung entwurf satz wortlaut aussage" },

	/* Portuguese and Italian */
	{ CUE_STOP, WORD,
	  "os as um uma uns umas do da dos das no na nos nas ao aos à às em é são "
	  "foi ser mais mas se já muito também este esta isso isto há seu sua "
	  "seus suas pelo pela quando quem como onde il lo gli uno ed di del della "
	  "dei delle al alla ai alle dal nel nella che chi è sono essere ha hanno "
	  "più ma anche questo questa questi loro suo sua quando come dove" },
	{ CUE_STOP | CUE_VIEW, WORD,
	  "deve devem deveria deveriam precisa precisam importante justo devono "
	  "dovrebbe dovrebbero bisogna serve giusto necessario" },
	{ CUE_VIEW | CUE_TURN, WORD, "proibir proibido proibição vietare vietato" },
	{ CUE_NOT | CUE_STOP, WORD, "não nunca nem sem non mai senza" },
	{ CUE_SELF | CUE_STOP, WORD, "eu meu minha meus minhas io mio mia miei" },
	{ CUE_LEANS, START,
	  "mas|porém|isso|isto|então|portanto|além disso|por exemplo|eles|elas|ma|"
	  "però|quindi|questo|inoltre|per esempio|anche|loro|dunque" },
	{ CUE_HELLO, START, "olá|bom dia|obrigado|obrigada|ciao|buongiorno|grazie" },
	{ CUE_MISS, WORD, "falta faltam acrescentar manca mancano aggiungere" },

	/* Russian */
	{ CUE_STOP, WORD,
	  "и в во на с со к ко по за из у о об от до для при что чтобы как так "
	  "это этот эта эти то тот та те он она оно они мы вы нас вас их его её "
	  "же ли бы или но а если когда где который которая которые есть был была "
	  "было были быть уже ещё еще очень только все всё наш наша наши" },
	{ CUE_STOP | CUE_VIEW, WORD,
	  "должен должна должно должны нужно надо следует необходимо важно можно "
	  "лучше справедливо предлагаю разрешить" },
	{ CUE_VIEW | CUE_TURN, WORD, "запретить запрет запрещать против меньше" },
	{ CUE_NOT | CUE_STOP, WORD, "не нет нельзя без никогда" },
	{ CUE_NOT, PHRASE, "не только" },
	{ CUE_SELF | CUE_STOP, WORD, "я меня мне мой моя мои моей" },
	{ CUE_LEANS, START,
	  "но|однако|поэтому|это|также|кроме того|например|и|а|они|тогда|зато" },
	{ CUE_HELLO, START, "здравствуйте|привет|спасибо|добрый день" },
	{ CUE_MISS, WORD, "забыли добавить упомянуто упоминается отсутствует" },
	{ CUE_MISS, PHRASE, "не хватает|ничего не сказано|не сказано" },

	/* Arabic */
	{ CUE_STOP, WORD,
	  "في من إلى على عن مع هذا هذه ذلك تلك التي الذي الذين أن إن كان كانت هو "
	  "هي هم نحن ما كل بعض أو ثم قد كما حتى بين عند لكن و أنه أنها يكون تكون" },
	{ CUE_STOP | CUE_VIEW, WORD,
	  "يجب ينبغي لازم ضروري مهم نريد يحق الأفضل يلزم نقترح السماح يسمح" },
	{ CUE_VIEW | CUE_TURN, WORD, "منع حظر يمنع ضد المنع الحظر" },
	{ CUE_NOT | CUE_STOP, WORD, "لا ليس ليست لم لن بدون غير" },
	{ CUE_SELF | CUE_STOP, WORD, "أنا أظن أعتقد رأيي ابني ابنتي" },
	{ CUE_LEANS, START, "لكن|ولكن|لذلك|هذا|هذه|ذلك|أيضا|كذلك|مثلا|وهذا|ثم" },
	{ CUE_HELLO, START, "مرحبا|السلام عليكم|شكرا|أهلا" },
	{ CUE_MISS, WORD, "ينقص ينقصه إضافة يذكر نسي تجاهل" },
	{ CUE_META, WORD, "البيان النص الصياغة" },

	/* Hindi */
	{ CUE_STOP, WORD,
	  "का के की को में से पर और या है हैं था थी थे एक यह ये वह वे जो कि तो ही भी ने "
	  "लिए साथ हो होना होता होती कर करना कुछ सब हम" },
	{ CUE_STOP | CUE_VIEW, WORD, "चाहिए ज़रूरी जरूरी आवश्यक उचित" },
	{ CUE_NOT | CUE_STOP, WORD, "नहीं मत न बिना" },

	/* Chinese, both scripts */
	{ CUE_VIEW, INSIDE,
	  "应该 應該 应当 應當 必须 必須 需要 建议 建議 支持 赞成 贊成 希望 允许 允許 "
	  "最好 要求 重要 公平 反对 反對 禁止 不能 可以 应有" },
	{ CUE_TURN, INSIDE,
	  "不应 不應 不能 不要 不该 不該 不可 不会 不會 不得 不必 不想 不是 不需 不准 不許 "
	  "没有 沒有 禁止 反对 反對 取消" },
	{ CUE_SELF, INSIDE,
	  "我觉得 我覺得 我认为 我認為 我的 我是 我家 我已 我每 我晚 我自己 我孩 我儿 我女 我在 我有 我也 "
	  "我不 我很 我就 我个人 我個人" },
	{ CUE_BRIDGE, INSIDE, "除非 同时 同時 兼顾 兼顧 例外 平衡 如果 只要 既 也有" },
	{ CUE_LATE, INSIDE, "试点 試點 评估 評估 一年以后 例外 期间 投票" },
	{ CUE_HARSH, INSIDE, "荒唐 胡说 愚蠢 可笑 无耻" },
	{ CUE_LEANS, OPENS,
	  "但 可是 不过 不過 而且 所以 因此 这 這 那 它 他 她 此外 另外 同时 同時 例如 "
	  "比如 其次 首先 最后 最後 也 然而 于是 於是 还 還 否则 否則 相反 收上来" },
	{ CUE_HELLO, OPENS, "大家好 你好 您好 谢谢 謝謝 各位" },
	{ CUE_MISS, INSIDE,
	  "缺少 没有提 沒有提 没提 没有说 沒有說 没说 应该加 還應 还应该 还应加 补充 補充 加上 "
	  "忽略 漏了 里没有" },
	{ CUE_OBJECT, INSIDE,
	  "不同意 不公平 太严 太嚴 太多 太少 删去 删掉 去掉 不清楚 模糊 过分 不接受 反对" },
	{ CUE_META, INSIDE, "声明 聲明 这段 這段 文字 草案 这份 這份" },
	{ CUE_META, OPENS, "还应该 還應該 我觉得 缺少 没有提 没有说" },

	/* Japanese */
	{ CUE_VIEW, INSIDE,
	  "べき 必要 賛成 望まし ほしい 欲しい なければ 大切 てよい てもよい よいと思 しましょう "
	  "ことが重要 反対" },
	{ CUE_TURN, INSIDE,
	  "べきでは ません ではな てはいけ てはなら 禁止 反対 しないで なくて" },
	{ CUE_SELF, INSIDE, "私は 私の 僕 俺 わたしは" },
	{ CUE_BRIDGE, INSIDE, "ただし 限り 例外 場合を除" },
	{ CUE_LATE, INSIDE, "見直 例外 試行 検証" },
	{ CUE_LEANS, OPENS,
	  "しかし でも だから また それ これ そして そのため したがって 例えば たとえば ただ "
	  "つまり さらに けれど なので その この" },
	{ CUE_HELLO, OPENS, "こんにちは はじめまして ありがとう よろしく" },
	{ CUE_MISS, INSIDE, "足りな 欠けて 触れて 加えて 抜けて 書かれていな 述べて" },
	{ CUE_OBJECT, INSIDE, "不公平 削除 曖昧 すぎる 過ぎる 納得でき 賛成でき" },
	{ CUE_META, INSIDE, "声明 文案 この文" },

	/* Korean */
	{ CUE_VIEW, INSIDE, "해야 어야 필요 좋겠 중요 찬성 반대 바람직" },
	{ CUE_TURN, INSIDE, "않 금지 반대 안 된 없어" },
	{ CUE_LEANS, START, "하지만|그러나|그래서|그리고|또한|이것|그것|따라서|예를 들어" },
	{ CUE_HELLO, START, "안녕하세요|감사합니다" },

	/* Thai */
	{ CUE_VIEW, INSIDE, "ควร ต้อง จำเป็น สำคัญ เสนอ สนับสนุน เห็นด้วย" },
	{ CUE_TURN, INSIDE, "ไม่ ห้าม" },
	{ CUE_SELF, INSIDE, "ดิฉัน ผมคิด ฉันคิด ลูกของฉัน" },
	{ CUE_LEANS, OPENS, "แต่ และ ดังนั้น นอกจากนี้ เช่น เพราะฉะนั้น" },
	{ CUE_HELLO, OPENS, "สวัสดี ขอบคุณ" },
	{ CUE_MISS, INSIDE, "ขาด ไม่ได้พูดถึง ไม่ได้กล่าว ควรเพิ่ม" },
	{ CUE_OBJECT, INSIDE, "ไม่เห็นด้วย ไม่ยุติธรรม ตัดออก เกินไป" },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct known {
	uint64_t key;
	unsigned cues;
};

/* The single words, by hash. */
struct cues {
	struct known *v;
	size_t n;
};

uint64_t
cues_hash(const char *s, size_t len)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * UINT64_C(1099511628211);
	return h;
}

static int
known_cmp(const void *a, const void *b)
{
	uint64_t x = ((const struct known *)a)->key;
	uint64_t y = ((const struct known *)b)->key;

	return (x > y) - (x < y);
}

/* The next entry at *at, NULL at the end. */
static const char *
next_entry(const char **at, char separator, size_t *len)
{
	const char *entry = *at, *end;

	if (*entry == '\0')
		return NULL;
	end = strchr(entry, separator);
	*len = end != NULL ? (size_t)(end - entry) : strlen(entry);
	*at = entry + *len + (end != NULL);
	return entry;
}

static char
separator_of(enum how how)
{
	return how == PHRASE || how == START ? '|' : ' ';
}

struct cues *
cues_new(void)
{
	struct cues *c = xcalloc(1, sizeof(*c));
	size_t cap = 0, len, n = 0;
	const char *at, *entry;

	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].how != WORD)
			continue;
		at = rows[i].entries;
		while ((entry = next_entry(&at, ' ', &len)) != NULL) {
			c->v = xgrow(c->v, c->n, &cap, sizeof(*c->v));
			c->v[c->n].key = cues_hash(entry, len);
			c->v[c->n++].cues = rows[i].cues;
		}
	}
	qsort(c->v, c->n, sizeof(*c->v), known_cmp);
	/* A word may stand in several rows. */
	for (size_t i = 0; i < c->n; i++) {
		if (n > 0 && c->v[n - 1].key == c->v[i].key)
			c->v[n - 1].cues |= c->v[i].cues;
		else
			c->v[n++] = c->v[i];
	}
	c->n = n;
	return c;
}

void
cues_free(struct cues *cues)
{
	if (cues == NULL)
		return;
	free(cues->v);
	free(cues);
}

unsigned
cues_of_word(const struct cues *cues, const char *word, size_t len)
{
	struct known key = {.key = cues_hash(word, len)}, *at;

	at = bsearch(&key, cues->v, cues->n, sizeof(*cues->v), known_cmp);
	return at != NULL ? at->cues : 0;
}

static size_t
count_inside(const char *raw, size_t rawlen, const char *entry, size_t len)
{
	const char *at = raw, *end = raw + rawlen;
	size_t n = 0;

	while ((at = memmem(at, (size_t)(end - at), entry, len)) != NULL) {
		n++;
		at += len;
	}
	return n;
}

static bool
is_ascii(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] >= 0x80)
			return false;
	return true;
}

/* How often an entry stands where its row wants it. */
static size_t
entry_count(enum how how, const char *entry, size_t len, const char *words,
    const char *raw, size_t rawlen)
{
	char padded[96];

	if (how == INSIDE)
		return count_inside(raw, rawlen, entry, len);
	if (how == OPENS)
		return rawlen >= len && memcmp(raw, entry, len) == 0;
	if (how == WORD || len + 3 > sizeof(padded))
		return 0;
	padded[0] = ' ';
	memcpy(padded + 1, entry, len);
	padded[len + 1] = ' ';
	padded[len + 2] = '\0';
	if (how == START)
		return strncmp(words, padded, len + 2) == 0;
	return count_inside(words, strlen(words), padded, len + 2);
}

unsigned
cues_of_sentence(
    const char *words, const char *raw, size_t rawlen, size_t *turns)
{
	bool ascii = is_ascii(raw, rawlen);
	const char *at, *entry;
	unsigned found = 0;
	size_t len, n;

	*turns = 0;
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].how == WORD ||
		    (ascii && (rows[i].how == INSIDE || rows[i].how == OPENS)))
			continue;
		at = rows[i].entries;
		while ((entry = next_entry(
			    &at, separator_of(rows[i].how), &len)) != NULL) {
			n = entry_count(
			    rows[i].how, entry, len, words, raw, rawlen);
			if (n == 0)
				continue;
			found |= rows[i].cues;
			if (rows[i].cues & (CUE_TURN | CUE_NOT))
				*turns += n;
		}
	}
	return found;
}
