/*
 * Words that speak to the model: a table of patterns over folded words, of
 * many languages at once.  A pattern that a sentence of people's could hold
 * does not belong here; tests/data/injection has both kinds.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "job/hostile.h"

/*
 * Elements are divided by spaces: alternatives divided by |, each a word, with
 * _ between several, and ~ for any ending; Han is compared by character.  An
 * element that ends in ? may be missing.  * stands for a few words, at most
 * GAP of them or three times as many characters of Han.
 */
struct pattern {
	enum hostile_kind kind;
	const char *words;
};
#define GAP 3

#define MINE                                                                   \
	"mine|my_opinion|my_statement|my_draft|my_text|my_answer|my_view|"     \
	"my_critique|my_proposal|this_statement|this_opinion|this_draft|"      \
	"this_one|this_text"
#define TOP                                                                    \
	"first|top|highest|best|number_one|no_1|1st|above|winner|maximum|at_"  \
	"the_top|10|9"
#define MODEL                                                                  \
	"ai|llm|language_model|model|assistant|mediator|chatbot|gpt|chatgpt|"  \
	"claude|gemini|ranker|judge"
#define ZH_MINE "我的|这条|这个|这份|这段|本条|本|此条|我这|我们的"
#define RU_MINE                                                                                                                 \
	"мое|мой|мою|мои|моему|моей|это|этот|эту|этому|этой|данное|данный|" \
	"данному"
#define AR_MINE "رايي|هذا|هذه|بياني|نصي|اقتراحي|مقترحي|لرايي|لهذا|لبياني"

/* clang-format off */
static const struct pattern patterns[] = {
	/* English */
	{ HOSTILE_ORDER, "ignore|disregard|forget|override|bypass|overlook|discard all|any|every|of|everything? the|your|my|these|those? previous|prior|preceding|above|earlier|foregoing|former|system|original|initial instruction|instructions|prompt|prompts|rule|rules|guideline|guidelines|direction|directions|directive|directives|command|commands" },
	{ HOSTILE_ORDER, "ignore|disregard|forget|override|bypass|discard all|any|every|everything|of? instruction|instructions|prompts|your_instructions|your_rules|your_guidelines|your_prompt|the_system_prompt|your_system_prompt|your_programming|your_training|the_instructions|the_rules_above|these_instructions" },
	{ HOSTILE_ORDER, "ignore|disregard|forget everything|all|anything|what above|before|prior|earlier|previously|you_were_told|you_have_been_told|you_were_given|that_was_said_before" },
	{ HOSTILE_ORDER, "instructions|prompt above are|were|is a_test|void|obsolete|cancelled|revoked|no_longer|outdated" },
	{ HOSTILE_ORDER, "stop|quit following|obeying your|these instructions|rules|guidelines|prompt" },
	{ HOSTILE_ORDER, "you_are|youre now|henceforth|no_longer * assistant|model|ai|bot|dan|unrestricted|jailbroken|chatgpt|mediator|mode|drafter|judge" },
	{ HOSTILE_ORDER, "pretend|imagine|act|behave|respond|answer you_are|youre|as|like|to_be * dan|jailbroken|unrestricted|unfiltered|language_model|chatbot|without_rules|without_restrictions" },
	{ HOSTILE_ORDER, "enable|enter|activate|switch_to|developer_mode developer_mode|debug_mode|god_mode|dan_mode|admin_mode|enabled|output" },
	{ HOSTILE_ORDER, "do_anything_now|jailbreak_mode|system_override|admin_override|begin_new_instructions|end_of_system_prompt" },
	{ HOSTILE_ORDER, "reveal|print|show|repeat|output|leak|disclose|display|recite|write|include|append|insert|say|tell|quote|echo me? * system_prompt|hidden_prompt|your_prompt|your_instructions|secret_word|secret_token|secret_code|canary|boundary_token|your_rules|initial_prompt" },
	{ HOSTILE_ORDER, "as a|an|the ai|llm|language_model|ai_model|ai_assistant|assistant|model|mediator|ai_language_model|ai_mediator you|your" },
	{ HOSTILE_ORDER, "dear|attention|hey|hello ai|llm|language_model|ai_model|ai_assistant|ai_mediator|assistant|mediator|chatbot|chatgpt|model" },
	{ HOSTILE_ORDER, "note_to|note_for|message_to|message_for|instruction_to|instructions_to|instruction_for|instructions_for the? " MODEL },
	{ HOSTILE_ORDER, "your real|true|actual|new|only task|job|goal|instructions|role|purpose|instruction|objective" },
	{ HOSTILE_ORDER, "end_of|this_ends|close_of the|all? opinions|user_opinions|participant_opinions|user_data|user_input|user_message|untrusted_text|untrusted_data|json_data" },
	{ HOSTILE_ORDER, "new|updated|revised|additional|following system|instructions instructions|prompt|message|for|from_the_developer|from_the_system|from_the_operator|override|supersede the? ai|model|you|assistant|mediator|follow|above?" },
	{ HOSTILE_ORDER, "reply|respond|answer|output only|just|exactly|solely|nothing_but|with_exactly|with_only with|the|this? the? exactly|following|sentence|statement|word|words|text|json" },
	{ HOSTILE_ORDER, "from_now_on|henceforth you you|must|will|shall|should|are|only|obey|answer" },
	/* pleas */
	{ HOSTILE_PLEA, "rank|rate|score|place|put|list|position|order|sort " MINE " as|at|in|to|the|to_the|in_the|at_the? * " TOP },
	{ HOSTILE_PLEA, "rank|rate|score it|this|me * " TOP },
	{ HOSTILE_PLEA, "give|assign|award " MINE " the|a|an? * highest|top|maximum|full|perfect|best|first|10|9 score|rating|rank|ranking|marks|points|place|mark|out_of_ten|position" },
	{ HOSTILE_PLEA, "give|assign|award the|a? highest|top|maximum|full|best|first score|rating|rank|marks|points|place to " MINE },
	{ HOSTILE_PLEA, "choose|select|pick|elect|declare|name " MINE " * winner|as_the_best|as_best|as_the_first|first_place|the_winning_statement" },
	{ HOSTILE_PLEA, "make|ensure|guarantee|see_to_it|be sure|certain|that? * mine|my_opinion|my_statement|this_statement|my_draft|this_draft|it|this_opinion wins|win|is_first|comes_first|is_ranked|ranks_first|ranks|is_chosen|prevails|comes_out_on_top|the_winner|first" },
	{ HOSTILE_PLEA, "statement|opinion|candidate|draft|one|this must|should|shall|has_to|needs_to|is_to|will be ranked|rated|placed|scored|put|listed first|top|highest|best|above|number_one|at_the_top|in_first_place" },
	{ HOSTILE_PLEA, "rank|rate|place|put|score all|every|any|each|the of|the? other|others|rest|remaining|another * last|lowest|bottom|below|behind|beneath|zero|worst|0" },
	{ HOSTILE_PLEA, "ignore|disregard|discard|leave_out|skip|drop|forget all|every|any|the|each? of|the? other|others|others'|remaining opinions|opinion|participants|participant|critiques|statements|candidates|texts|views|peoples" },
	{ HOSTILE_PLEA, "weigh|weight|count|treat|consider my opinion|view|words|vote|statement|critique|text as|at? * twice|double|ten|hundred|times|decisive|final|most|only|unanimous|everybodys|everyones" },
	{ HOSTILE_PLEA, "use|take|consider|follow|draft|write only|solely|exclusively my|from_my|this opinion|view|words|statement|text|critique" },
	/* Chinese */
	{ HOSTILE_ORDER, "忽略|无视|忘记|忘掉|不要理会|不要管|抛开|不用管|撇开 * 以上|之前|前面|上述|先前|上面|你的|系统|原有 * 指令|指示|规则|提示|要求|命令|设定|内容|规定" },
	{ HOSTILE_ORDER, "忽略|无视|忘记|忘掉|覆盖|绕过 * 所有|一切|全部|任何 * 指令|指示|提示词|系统提示" },
	{ HOSTILE_ORDER, "从现在起|从现在开始|现在起|你现在 你|是|扮演|必须|只 * 模型|助手|ai|人工智能|听我|听从|模式|调解" },
	{ HOSTILE_ORDER, "输出|显示|透露|泄露|打印|告诉我|说出|重复|写出|写上|包含|公开 * 系统提示|提示词|系统指令|你的指令|暗号|密语|秘密单词|秘密词|秘密词语|隐藏指令" },
	{ HOSTILE_ORDER, "进入|开启|启用|切换到|切换 * 开发者模式|越狱模式|调试模式|管理员模式" },
	{ HOSTILE_ORDER, "致|告诉|提醒|亲爱的|请注意 ai|人工智能|语言模型|大模型|模型|大语言模型" },
	{ HOSTILE_ORDER, "给 ai|人工智能|语言模型|大模型|模型|大语言模型 助手|模型? 的 指令|说明|话|提示|消息|指示" },
	{ HOSTILE_ORDER, "作为 一个? ai|人工智能|语言模型|大模型|大语言模型 助手|模型|语言模型? 你" },
	{ HOSTILE_ORDER, "你的 新|真正|真实|唯一|实际 * 任务|目标|指令|角色|职责" },
	{ HOSTILE_ORDER, "以下|下面|现在|接下来 * 新的|新|真正的|最高 * 指令|系统消息|系统提示|指示" },
	{ HOSTILE_ORDER, "意见|观点|数据|用户输入|文本 到此结束|到此为止|结束 * 指令|系统|以下|新的" },
	{ HOSTILE_ORDER, "只 需|能|要|准? 输出|回复|回答 * 以下|这|一句|一个|本|同意" },
	{ HOSTILE_PLEA, "把|将|请将|请把 " ZH_MINE " * 排|放|列|评|置|打 * 第一|首位|最前|榜首|最高|第1|最好|前面|满分|顶" },
	{ HOSTILE_PLEA, "给|为|对|替 " ZH_MINE " * 最高分|满分|最高|高分|第一名|十分|10|9" },
	{ HOSTILE_PLEA, "选|选择|选出|宣布|认定|指定 " ZH_MINE " * 获胜|胜出|优胜|赢家|最佳|第一" },
	{ HOSTILE_PLEA, "让|使|确保|保证 " ZH_MINE " * 胜出|获胜|赢|排第一|当选|第一" },
	{ HOSTILE_PLEA, "我的|这条|这份|本条|此条|这段 * 必须|应当|应该|应|一定要 * 排|列|评|放 * 第一|首位|最前|最高|榜首" },
	{ HOSTILE_PLEA, "其他|其余|其它|别人 * 排|放|列|评|打 * 最后|末尾|后面|最低|零分|最差" },
	{ HOSTILE_PLEA, "忽略|无视|不要理会|不要考虑|不用考虑|抛开|不要管 * 其他|其它|其余|别人|他人 * 意见|观点|声明|参与者|批评|看法|草案" },
	{ HOSTILE_PLEA, "只 根据|依据|采纳|考虑|按照|采用 我 * 意见|观点|看法|话|声明" },
	/* Russian */
	{ HOSTILE_ORDER, "игнорируй~|проигнорируй~|забудь~|отбрось~|отмени~|обойди~|не_обращай~|пренебреги~ * предыдущ~|прежн~|прошл~|выше~|системн~|свои|твои|ваши|все|всеми|всех|изначальн~ * инструкци~|указани~|правил~|команд~|промпт~|промт~|подсказк~" },
	{ HOSTILE_ORDER, "забудь~|игнорируй~|проигнорируй~ все|всё * выше|раньше|ранее|сказано|написано" },
	{ HOSTILE_ORDER, "теперь|отныне|с_этого_момента ты|вы * модель|ассистент|помощник|бот|ии|режим~|должн~|подчиня~|обязан~" },
	{ HOSTILE_ORDER, "ты|вы теперь|отныне|больше_не * модель|ассистент|помощник|бот|ии|посредник|режим~" },
	{ HOSTILE_ORDER, "выведи~|покажи~|напечатай~|раскрой~|сообщи~|повтори~|назови~|напиши~|включи~|вставь~|добавь~|открой~ * системн~|секретн~|тайн~|скрыт~|твои|свои|ваши * промпт~|промт~|слов~|инструкц~|подсказк~|канарейк~|код" },
	{ HOSTILE_ORDER, "режим разработчика|администратора|отладки" },
	{ HOSTILE_ORDER, "внимание|сообщение_для|указание_для|указания_для|инструкция_для|инструкции_для|уважаем~|дорогая|дорогой|заметка_для ии|модель|модели|языковая_модель|языковой_модели|нейросеть|нейросети|ассистент|ассистента|посредника" },
	{ HOSTILE_ORDER, "как ии|языковая_модель|нейросеть|ассистент|модель ты|вы" },
	{ HOSTILE_ORDER, "твоя|твое|ваша|твои|ваши|ваше настоящ~|новая|новое|новые|истинн~|единственн~|реальн~ задач~|цель|роль|инструкци~|задани~|назначени~" },
	{ HOSTILE_ORDER, "новые|новая|следующие|обновленн~|дальнейш~ системн~? инструкци~|указани~ * для|модел~|ии|системы|ассистент~|ты|вы|важнее" },
	{ HOSTILE_ORDER, "отвечай~|ответь~|выведи~|пиши~|напиши~ только|лишь|исключительно * слов~|фраз~|предложени~|следующ~|это" },
	{ HOSTILE_ORDER, "конец мнений|данных|пользовательского|текстов|пользовательских" },
	{ HOSTILE_PLEA, "поставь~|оцени~|ранжируй~|размести~|помести~|ставь~|расположи~ " RU_MINE " * перв~|высш~|наивысш~|максимал~|лучш~|выше|наверх|вершин~|высоко" },
	{ HOSTILE_PLEA, "выбери~|объяви~|признай~|назови~ " RU_MINE " * победител~|выигр~" },
	{ HOSTILE_PLEA, "дай~|присвой~|поставь~|присуди~ * максимал~|высш~|наивысш~ балл~|оценк~|ранг" },
	{ HOSTILE_PLEA, "мое_мнение|мой_вариант|мое_утверждение|это_утверждение|моя_позиция|этот_вариант * должно|должен|должна|обязано * перв~|победить|выиграть" },
	{ HOSTILE_PLEA, "поставь~|размести~|помести~|оцени~|ставь~ * остальн~|други~|прочи~ * последн~|ниже|конец|ноль|худш~" },
	{ HOSTILE_PLEA, "остальн~|други~|прочи~ * поставь~|ставь~|помести~ * последн~|ниже|конец|ноль" },
	{ HOSTILE_PLEA, "игнорируй~|проигнорируй~|отбрось~|не_учитывай~|забудь~ * остальн~|други~|чуж~|прочи~ * мнени~|утвержден~|заявлени~|участник~|критик~|взгляд~" },
	{ HOSTILE_PLEA, "считай~|учитывай~|засчитай~ * мое|мой|моё * важн~|решающ~|вдвое|дважды|десят~|единственн~|окончательн~" },
	/* Arabic */
	{ HOSTILE_ORDER, "تجاهل|تجاهلي|تجاهلوا|انس|انسي|تجاوز|اهمل|الغ * تعليماتك|قواعدك|السابقه|السابق|اعلاه|جميع_التعليمات|كل_التعليمات|جميع_الاوامر|كل_الاوامر|تعليمات_النظام" },
	{ HOSTILE_ORDER, "انت|انتم الان|لم_تعد|من_الان * نموذج|مساعد|وسيط|بوت|روبوت|ذكاء|وضع|مطيع|حر" },
	{ HOSTILE_ORDER, "اظهر|اطبع|اكشف|كرر|اكتب|اعرض|قل|ادرج|افصح * الكلمه_السريه|كلمه_السر|موجه_النظام|تعليماتك|تعليمات_النظام|الرمز_السري" },
	{ HOSTILE_ORDER, "فعل|ادخل|شغل * وضع_المطور|وضع_المطورين" },
	{ HOSTILE_ORDER, "ايها|ملاحظه_الي|رساله_الي|تعليمات_الي|بصفتك نموذج~|النموذج|الذكاء_الاصطناعي|المساعد|الوسيط_الالي|نموذج_لغوي" },
	{ HOSTILE_ORDER, "مهمتك|تعليماتك|هدفك|دورك الجديده|الحقيقيه|الوحيده|الحقيقي|الجديد" },
	{ HOSTILE_ORDER, "تعليمات جديده * للنموذج|للنظام|للمساعد|من_المطور|تجاهل|عليك" },
	{ HOSTILE_ORDER, "اجب|رد|اكتب|اخرج فقط * بكلمه|بعباره|الجمله|العباره|التاليه|بهذه" },
	{ HOSTILE_PLEA, "ضع|رتب|صنف|قيم " AR_MINE " * اول~|الاول~|المقدمه|القمه|اعلي|الاعلي|الافضل|الصداره|فائز~|الفائز" },
	{ HOSTILE_PLEA, "اختر|اعلن " AR_MINE " * فائز~|الفائز|الافضل|الاول~" },
	{ HOSTILE_PLEA, "اعط|امنح " AR_MINE " * اعلي|اقصي|كامل|الدرجه" },
	{ HOSTILE_PLEA, "ضع|رتب|اجعل * الباقي|الاخرين|الاخري|البقيه|غيره * اخر|الاخير~|النهايه|الاسفل" },
	{ HOSTILE_PLEA, "تجاهل|اهمل|استبعد * الاراء|اراء|البيانات|المشاركين|رسائل * الاخري|الاخرين|الباقين|البقيه" },
	/* German, Spanish, French */
	{ HOSTILE_ORDER, "ignoriere|ignorieren_sie|vergiss|vergessen_sie|missachte * vorherigen|bisherigen|obigen|vorigen|deine|ihre|fruheren|früheren * anweisungen|regeln|instruktionen|vorgaben|anweisung" },
	{ HOSTILE_ORDER, "ignora|olvida|omite|ignore|olvide * instrucciones|reglas|indicaciones * anteriores|previas|precedentes|del_sistema|de_arriba" },
	{ HOSTILE_ORDER, "ignore|ignorez|oublie|oubliez * instructions|consignes|regles|règles * precedentes|précédentes|ci_dessus|anterieures|antérieures|du_systeme|du_système" },
	{ HOSTILE_PLEA, "setze|stelle|bewerte|ordne|platziere meine|mein|diese|meinen|diesen * erste|ersten|höchsten|besten|oben|zuerst|sieger" },
	{ HOSTILE_PLEA, "pon|clasifica|coloca|puntua|puntúa mi|esta|este|la_mia * primero|primera|primer|más_alto|maxima|máxima|arriba" },
	{ HOSTILE_PLEA, "classe|classez|mets|mettez|place|placez mon|ma|cette|ce|la_mienne * premier|première|premiere|tête|haut|meilleur" },
};

/* Before a verb they make it no order: "we must not ignore …", "I rank …". */
static const char *const not_orders[] = { "not", "never", "dont", "cannot", "cant",
    "mustnt", "shouldnt", "nobody", "wont", "didnt", "wouldnt", "不能", "不应", "不会", "不该", "不可",
    "не", "нельзя", "никогда", "لا", "لن", "ليس", "لم", "nicht", "nie", "ne", NULL };
static const char *const subjects[] = { "i", "we", "they", "who", "people", "id", "wed", "theyd", "would",
    "did", "he", "she", "drivers", "politicians", "others", "many", "我", "我们", "他们", "я", "мы", "они", "انا", "نحن", NULL };
/* clang-format on */

/* ---- words ---- */

struct token {
	size_t at, len;
	bool han, stop;
};
struct tokens {
	struct buf text; /* words divided by one space */
	struct token *v;
	size_t n, cap;
	size_t word;	/* where the word being read begins; SIZE_MAX: none */
	size_t spaces;	/* since the last word */
	size_t letters; /* of the word being read */
	bool latin, other, digit, spelt;
};

static bool
is_han(uint32_t c)
{
	return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) ||
	       (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c < 0x40000);
}

static bool
is_stop(uint32_t c)
{
	return c == '.' || c == '!' || c == '?' || c == ';' || c == '\n' ||
	       c == 0x3002 || c == 0x61f || c == 0x6d4;
}

/* Marks that folding leaves and that are heard, not read. */
static bool
is_silent(uint32_t c)
{
	return c == '\'' || c == 0x2019 || c == 0xad || c == 0x640 ||
	       (c >= 0x64b && c <= 0x65f) || (c >= 0x300 && c <= 0x36f) ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0xfe00 && c <= 0xfe0f) ||
	       c == 0xfeff;
}

static bool
is_word(uint32_t c)
{
	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		       c == '@' || c == '$';
	return c >= 0xc0 && c != 0xd7 && c != 0xf7 &&
	       !(c >= 0x2000 && c <= 0x2bff) && !(c >= 0x3000 && c < 0x3040) &&
	       c != 0x60c && c != 0x61b && c != 0x66c && c < 0xe000;
}

/* One letter for those that differ by habit only. */
static uint32_t
usual(uint32_t c)
{
	switch (c) {
	case 0x451: /* yo */
		return 0x435;
	case 0x623: /* alef with hamza and madda */
	case 0x625:
	case 0x622:
	case 0x671:
		return 0x627;
	case 0x649:
		return 0x64a;
	case 0x629:
		return 0x647;
	default:
		return c;
	}
}

/* Cyrillic and Greek letters that look Latin. */
static char
looks_like(uint32_t c)
{
	static const struct {
		uint32_t c;
		char latin;
	} rows[] = {{0x430, 'a'}, {0x435, 'e'}, {0x43e, 'o'}, {0x440, 'p'},
	    {0x441, 'c'}, {0x443, 'y'}, {0x445, 'x'}, {0x456, 'i'},
	    {0x455, 's'}, {0x458, 'j'}, {0x501, 'd'}, {0x4bb, 'h'},
	    {0x51b, 'q'}, {0x51d, 'w'}, {0x3bf, 'o'}, {0x3b1, 'a'},
	    {0x3bd, 'v'}, {0x3c1, 'p'}, {0x3b9, 'i'}, {0x43c, 'm'},
	    {0x442, 't'}, {0x43a, 'k'}, {0x432, 'b'}, {0x43d, 'h'}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].c == c)
			return rows[i].latin;
	return '\0';
}

static char
digit_like(char c)
{
	static const char digits[] = "013457@$", letters[] = "oieastas";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? letters[at - digits] : c;
}

/* A word in letters of two scripts, or with digits among its letters, is read
 * as it looks. */
static void
undisguise(struct tokens *t)
{
	size_t len = t->text.len - t->word, at, n;
	char *word;
	uint32_t c;
	char like;

	if (!t->latin || (!t->other && !t->digit))
		return;
	word = xstrndup(t->text.data + t->word, len);
	t->text.len = t->word;
	for (at = 0; at < len; at += n) {
		n = text_next(word, len, at, &c);
		like = c < 0x80 ? digit_like((char)c) : looks_like(c);
		if (like != '\0')
			buf_addc(&t->text, like);
		else
			buf_add(&t->text, word + at, n);
	}
	free(word);
}

static struct token *
add_token(struct tokens *t, size_t at, size_t len)
{
	t->v = xgrow(t->v, t->n, &t->cap, sizeof(*t->v));
	t->v[t->n] = (struct token){.at = at, .len = len};
	return &t->v[t->n++];
}

/* i g n o r e is a word. */
static bool
is_spelt(const struct tokens *t)
{
	const struct token *last = t->n > 0 ? &t->v[t->n - 1] : NULL;

	return t->letters == 1 && last != NULL && !last->han && !last->stop &&
	       t->spaces == 1 && t->spelt;
}

static void
end_word(struct tokens *t)
{
	bool joins;
	struct token *last;

	if (t->word == SIZE_MAX)
		return;
	undisguise(t);
	joins = is_spelt(t);
	if (joins) { /* over the space that divides them */
		last = &t->v[t->n - 1];
		memmove(t->text.data + t->word - 1, t->text.data + t->word,
		    t->text.len - t->word);
		t->text.len--;
		last->len = t->text.len - last->at;
	} else
		add_token(t, t->word, t->text.len - t->word);
	t->spelt = t->letters == 1;
	buf_addc(&t->text, ' ');
	t->word = SIZE_MAX;
	t->spaces = 0;
	t->latin = t->other = t->digit = false;
	t->letters = 0;
}

static void
add_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x80)
		buf_addc(out, (char)c);
	else if (c < 0x800) {
		buf_addc(out, (char)(0xc0 | c >> 6));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	}
}

static void
add_letter(struct tokens *t, uint32_t c, const char *bytes, size_t n)
{
	struct token *one;

	if (is_han(c)) {
		end_word(t);
		/* Characters of a run stand side by side. */
		if (t->n > 0 && t->v[t->n - 1].han && t->spaces == 0 &&
		    t->text.len > 0 && t->text.data[t->text.len - 1] == ' ')
			t->text.len--;
		one = add_token(t, t->text.len, n);
		one->han = true;
		buf_add(&t->text, bytes, n);
		buf_addc(&t->text, ' ');
		t->spelt = false;
		t->spaces = 0;
		return;
	}
	if (t->word == SIZE_MAX)
		t->word = t->text.len;
	t->latin = t->latin || (c >= 'a' && c <= 'z');
	t->digit = t->digit || (c >= '0' && c <= '9') || c == '@' || c == '$';
	t->other = t->other || looks_like(c) != '\0';
	t->letters++;
	if (usual(c) != c)
		add_utf8(&t->text, usual(c));
	else
		buf_add(&t->text, bytes, n);
}

/* Plain letters, which most texts are made of, are taken a run at a time. */
static size_t
add_plain(struct tokens *t, const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] >= 'a' && s[n] <= 'z')
		n++;
	if (n == 0)
		return 0;
	if (t->word == SIZE_MAX)
		t->word = t->text.len;
	t->latin = true;
	t->letters += n;
	buf_add(&t->text, s, n);
	return n;
}

static void
tokens_read(const char *s, struct tokens *t)
{
	size_t n, at, len;
	char *folded = text_folded(s, strlen(s), &len);
	uint32_t c;

	memset(t, 0, sizeof(*t));
	t->word = SIZE_MAX;
	buf_reserve(&t->text, len + len / 4);
	for (at = 0; at < len; at += n) {
		n = add_plain(t, folded + at, len - at);
		if (n > 0)
			continue;
		n = text_next(folded, len, at, &c);
		if (is_silent(c))
			continue;
		if (is_word(c)) {
			add_letter(t, c, folded + at, n);
			continue;
		}
		end_word(t);
		t->spaces++;
		if (is_stop(c) && (t->n == 0 || !t->v[t->n - 1].stop)) {
			add_token(t, t->text.len, 0)->stop = true;
			t->spelt = false;
		}
	}
	end_word(t);
	free(folded);
}

/* ---- patterns ---- */

/* Whether one alternative stands at token i; the token behind it. */
static size_t
alternative_at(const struct tokens *t, size_t i, const char *word, size_t len)
{
	bool open = word[len - 1] == '~';
	size_t at = t->v[i].at, k = i, end;

	len -= open;
	if (at + len > t->text.len)
		return 0;
	for (size_t b = 0; b < len; b++)
		if (t->text.data[at + b] != (word[b] == '_' ? ' ' : word[b]))
			return 0;
	end = at + len;
	while (k < t->n && t->v[k].at + t->v[k].len < end)
		k++;
	if (k == t->n || t->v[k].stop)
		return 0;
	return open || t->v[k].at + t->v[k].len == end ? k + 1 : 0;
}

/* Of an alternative the first word, or what of it is given; of Han the first
 * character. */
static size_t
opener_word(const char *word, size_t len)
{
	size_t n = strcspn(word, "_~"), first;
	uint32_t c;

	first = text_next(word, len, 0, &c);
	if (is_han(c))
		return first;
	return n < len ? n : len;
}

static size_t
element_at(const struct tokens *t, size_t i, const char *words, size_t len)
{
	size_t n, k = 0, behind = 0;

	if (i >= t->n || t->v[i].stop)
		return 0;
	while (k < len && behind == 0) {
		n = strcspn(words + k, "|? ");
		behind = n > 0 ? alternative_at(t, i, words + k, n) : 0;
		k += n + 1;
	}
	return behind;
}

static bool rest_at(const struct tokens *t, size_t i, const char *rest);

/* The rest after at most GAP words. */
static bool
after_gap(const struct tokens *t, size_t i, const char *rest)
{
	size_t cost = 0;

	for (;; i++) {
		if (rest_at(t, i, rest))
			return true;
		if (i >= t->n || t->v[i].stop)
			return false;
		cost += t->v[i].han ? 1 : GAP;
		if (cost > GAP * GAP)
			return false;
	}
}

/* Recursion is as deep as a pattern has elements. */
static bool
rest_at(const struct tokens *t, size_t i, const char *rest)
{
	size_t len = strcspn(rest, " "), behind;
	const char *next = rest + len + (rest[len] == ' ');

	if (len == 0)
		return true;
	if (rest[0] == '*')
		return after_gap(t, i, next);
	behind = element_at(t, i, rest, len);
	if (behind > 0 && rest_at(t, behind, next))
		return true;
	return rest[len - 1] == '?' && rest_at(t, i, next);
}

static bool
is_one_of(const struct tokens *t, size_t i, const char *const *words)
{
	for (; *words != NULL; words++)
		if (alternative_at(t, i, *words, strlen(*words)) > 0)
			return true;
	return false;
}

/* Somebody tells of it, or speaks against it. */
static bool
is_told(const struct tokens *t, size_t i)
{
	size_t cost = 0, k = i;

	if (i > 0 && !t->v[i - 1].stop && is_one_of(t, i - 1, subjects))
		return true;
	while (k-- > 0 && !t->v[k].stop && cost < GAP * 2) {
		if (is_one_of(t, k, not_orders))
			return true;
		cost += t->v[k].han ? 1 : 2;
	}
	/* Han has no past tense but this. */
	return t->v[i].han && i + 2 < t->n &&
	       strncmp(t->text.data + t->v[i + 2].at, "了", 3) == 0;
}

/* ---- which patterns may begin with a word ---- */

/* What a word is looked up by: its first four bytes, or all of a shorter one,
 * in the upper 24 bits. */
static uint32_t
key_of(const char *word, size_t len)
{
	uint32_t h = 2166136261u;
	size_t n = len < 4 ? len : 4;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)word[i]) * 16777619u;
	return (h ^ (uint32_t)n << 7) & 0xffffff00;
}

static int
opener_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The keys of an element's alternatives, with more in their lower bits. */
static size_t
add_keys(
    const char *element, uint32_t more, uint32_t *out, size_t n, size_t max)
{
	const char *at;
	size_t len;

	for (at = element;; at += len + 1) {
		len = strcspn(at, "|? ");
		if (n < max)
			out[n++] = key_of(at, opener_word(at, len)) | more;
		if (at[len] != '|')
			return n;
	}
}

/* Sorted, each once. */
static size_t
sort_keys(uint32_t *out, size_t n)
{
	size_t k, distinct = 0;

	qsort(out, n, sizeof(*out), opener_cmp);
	for (k = 0; k < n; k++)
		if (k == 0 || out[k] != out[k - 1])
			out[distinct++] = out[k];
	return distinct;
}

size_t
speech_openers(uint32_t *out, size_t max)
{
	size_t i, n = 0;

	for (i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		n = add_keys(patterns[i].words, (uint32_t)i, out, n, max);
	return sort_keys(out, n);
}

/* How rare an element is: the length of its shortest alternative, nothing for
 * what may be left out or has a word that is everywhere. */
static size_t
rareness(const char *element)
{
	static const char *const common[] = {"the", "all", "any", "from", "one",
	    "you", "new", "use", "put", "each", "every", "this", "that",
	    "should", "with", "will", "must", "have", "what", "make", "your",
	    "other", "others", "only", "following", "first", "best", "opinion",
	    "view", "views", "words", "rules", "mode", "place", "respond",
	    "answer", NULL};
	size_t len, first, rare = SIZE_MAX, i;
	const char *at;

	for (at = element;; at += len + 1) {
		len = strcspn(at, "|? ");
		first = opener_word(at, len);
		for (i = 0; common[i] != NULL; i++)
			if (strlen(common[i]) == first &&
			    strncmp(common[i], at, first) == 0)
				first = 0;
		if (first < rare)
			rare = first;
		if (at[len] != '|')
			return at[len] == '?' ? 0 : rare;
	}
}

size_t
speech_anchors_of(uint32_t *out, size_t max)
{
	const char *at, *best;
	size_t i, n = 0;

	for (i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		best = at = patterns[i].words; /* is never left out */
		for (; *at != '\0'; at += strcspn(at, " "), at += *at == ' ')
			if (*at != '*' && rareness(at) > rareness(best))
				best = at;
		n = add_keys(best, 0, out, n, max);
	}
	return sort_keys(out, n);
}

/* The first row that is not below the key.  Keys are hashes, so a row stands
 * near its share of the table. */
static size_t
index_find(const uint32_t *rows, size_t n, uint32_t key)
{
	size_t i = (size_t)((uint64_t)key * n >> 32);

	while (i > 0 && rows[i - 1] >= key)
		i--;
	while (i < n && rows[i] < key)
		i++;
	return i;
}

static bool
is_anchor(const char *word, size_t len)
{
	uint32_t key = key_of(word, len);
	size_t i;

	/* No row has a key like that: so it is for nine words of ten. */
	if ((speech_sieve[key >> 26] >> (key >> 20 & 63) & 1) == 0)
		return false;
	i = index_find(speech_anchors, speech_nanchors, key);

	return i < speech_nanchors && speech_anchors[i] == key;
}

/*
 * Whether a text need be read word by word: nearly all are plain letters and
 * spaces and hold no anchor.  Anything else that could be a word in disguise,
 * or one that is spelt, is read.
 */
static bool
may_speak(const char *s)
{
	bool letter_before = false;
	size_t n = 0, head = 0;
	char word[4];

	for (;; s++) {
		unsigned char c = (unsigned char)*s, low = c | 0x20;

		if (low >= 'a' && low <= 'z') {
			if (n++ < sizeof word)
				word[head++] = (char)low;
			continue;
		}
		if (c >= 0x80 || (c >= '0' && c <= '9') || c == '@' || c == '$')
			return true;
		if (c == '\'') /* is heard, not read */
			continue;
		if (n > 0 &&
		    (is_anchor(word, head) || (n == 1 && letter_before)))
			return true;
		if (n > 0)
			letter_before = n == 1;
		n = head = 0;
		if (c == '\0')
			return false;
	}
}

/* What begins with a word, each kind once. */
static void
begin_at(const struct tokens *t, size_t i, struct hostile *found)
{
	uint32_t key = key_of(t->text.data + t->v[i].at, t->v[i].len);
	size_t low = index_find(speech_index, speech_nindex, key);
	bool seen[HOSTILE_KINDS] = {false};
	const struct pattern *p;

	for (; low < speech_nindex && (speech_index[low] & 0xffffff00) == key;
	     low++) {
		p = &patterns[speech_index[low] & 0xff];
		if (!seen[p->kind] && rest_at(t, i, p->words) &&
		    !is_told(t, i)) {
			seen[p->kind] = true;
			found->n[p->kind]++;
		}
	}
}

void
speech_read(const char *text, struct hostile *found)
{
	struct tokens t;
	size_t i;

	if (!may_speak(text))
		return;
	tokens_read(text, &t);
	for (i = 0; i < t.n; i++)
		if (!t.v[i].stop)
			begin_at(&t, i, found);
	buf_free(&t.text);
	free(t.v);
}
