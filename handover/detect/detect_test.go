package detect_test

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/handover/detect"
)

// detector is shared: a Detector never changes.
var detector = sync.OnceValue(detect.New)

// languages has each of the fifteen languages' own sentences.
var languages = []struct {
	lang                                           string
	asks, refuses, nearMiss, back, thanks, noBreak string
	breaks                                         string
}{
	{"en", "Could I please talk to one of your agents?", "no thanks, I don't need an agent", "my travel agent booked the wrong day", "take me back to the bot", "thanks a million!", "Your parcel will arrive on Monday.", "Sorry, I did not quite understand your message."},
	{"es", "¿Podría hablar con un asesor, por favor?", "no quiero que me pases con un agente", "mi agente de viajes se equivocó de día", "quiero volver al bot", "¡mil gracias!", "Su paquete llegará el lunes.", "Disculpa, no he entendido tu mensaje."},
	{"pt", "Gostaria de conversar com um atendente", "não quero falar com um atendente", "o agente de viagens errou o dia", "quero voltar para o bot", "muito obrigado!", "Seu pacote chega na segunda-feira.", "Desculpe, não consegui entender a sua mensagem."},
	{"de", "Könnte ich bitte mit einem Mitarbeiter sprechen?", "Nein, ich will keinen Mitarbeiter", "Mein Reiseagent hat den falschen Tag gebucht", "zurück zum Bot bitte", "vielen lieben Dank!", "Ihr Paket kommt am Montag.", "Entschuldigung, das habe ich nicht verstanden."},
	{"fr", "Est-ce que je pourrais parler à un conseiller ?", "non, je ne veux pas parler à un agent", "mon agent de voyage s'est trompé de jour", "je voudrais revenir au bot", "merci beaucoup !", "Votre colis arrivera lundi.", "Désolé, je n'ai pas bien compris votre demande."},
	{"it", "Potrei parlare con un vostro operatore?", "no, non voglio parlare con un operatore", "il mio agente di viaggio ha sbagliato giorno", "vorrei tornare al bot", "grazie mille!", "Il pacco arriva lunedì.", "Mi dispiace, non ho capito la domanda."},
	{"hi", "क्या मैं किसी अधिकारी से बात कर सकता हूँ?", "मुझे किसी एजेंट से बात नहीं करनी है", "ट्रैवल एजेंट ने गलत दिन चुना", "बॉट पर वापस जाना है", "बहुत बहुत धन्यवाद", "आपका पार्सल सोमवार को आएगा।", "माफ़ कीजिए, मैं समझ नहीं पाया।"},
	{"ar", "هل يمكنني التحدث مع أحد الموظفين؟", "لا أريد التحدث مع أي موظف", "وكيل سفر حجز لي اليوم الخطأ", "رجعني للبوت", "شكرا جزيلا", "سيصل الطرد يوم الاثنين.", "عذرا، لم أفهم رسالتك."},
	{"tr", "Bir müşteri temsilcisiyle görüşebilir miyim?", "hayır, temsilciyle görüşmek istemiyorum", "seyahat acentesi yanlış günü seçti", "bota geri dönmek istiyorum", "çok teşekkür ederim", "Paketiniz pazartesi günü gelecek.", "Üzgünüm, ne demek istediğinizi anlayamadım."},
	{"id", "Bisakah saya berbicara dengan petugas?", "tidak, saya tidak mau bicara dengan petugas", "agen travel salah pilih hari", "kembali ke bot", "terima kasih banyak", "Paket Anda tiba hari Senin.", "Maaf, saya tidak mengerti pesan Anda."},
	{"ru", "Можно мне поговорить с сотрудником?", "нет, я не хочу говорить с оператором", "страховой агент перепутал день", "вернуться к боту", "большое спасибо!", "Посылка придёт в понедельник.", "Извините, я не понял ваш вопрос."},
	{"zh", "可以帮我转接一位客服专员吗？", "不用转人工，你回答就行", "人工智能的书什么时候到", "转回机器人", "非常感谢！", "您的包裹周一到。", "抱歉，我没听懂您的问题。"},
	{"ja", "スタッフの方とお話しできますか？", "担当者とは話したくないです", "旅行代理店が日にちを間違えました", "ボットに戻してください", "ありがとうございました！", "お荷物は月曜日に届きます。", "すみません、よくわかりませんでした。"},
	{"pl", "Czy mógłbym porozmawiać z pracownikiem?", "nie chcę rozmawiać z pracownikiem", "agent ubezpieczeniowy pomylił dzień", "wróć do bota", "dziękuję bardzo!", "Paczka dotrze w poniedziałek.", "Przepraszam, nie zrozumiałem pytania."},
	{"vi", "Cho mình gặp nhân viên tư vấn với ạ", "không, tôi không muốn gặp nhân viên", "môi giới bất động sản nhầm ngày", "quay lại bot", "cảm ơn bạn nhiều nhé", "Đơn hàng của bạn sẽ đến vào thứ Hai.", "Xin lỗi, mình chưa hiểu câu hỏi của bạn."},
}

func TestLanguages(t *testing.T) {
	d := detector()
	for _, tc := range languages {
		t.Run(tc.lang, func(t *testing.T) {
			if ok, why := d.Request(tc.asks); !ok || why == "" {
				t.Errorf("Request(%q) = %v, %q, want true and a reason", tc.asks, ok, why)
			}
			for _, s := range []string{tc.refuses, tc.nearMiss, tc.back, tc.thanks, tc.noBreak} {
				if ok, why := d.Request(s); ok || why != "" {
					t.Errorf("Request(%q) = %v, %q, want false", s, ok, why)
				}
			}
			if !d.Back(tc.back) {
				t.Errorf("Back(%q) = false, want true", tc.back)
			}
			if !d.Small(tc.thanks) {
				t.Errorf("Small(%q) = false, want true", tc.thanks)
			}
			if !d.Break(tc.breaks) {
				t.Errorf("Break(%q) = false, want true", tc.breaks)
			}
			for _, s := range []string{tc.asks, tc.refuses, tc.nearMiss, tc.noBreak} {
				if d.Back(s) {
					t.Errorf("Back(%q) = true, want false", s)
				}
				if d.Small(s) {
					t.Errorf("Small(%q) = true, want false", s)
				}
			}
			if d.Break(tc.noBreak) {
				t.Errorf("Break(%q) = true, want false", tc.noBreak)
			}
			for _, s := range []string{tc.asks, tc.refuses, tc.breaks, tc.noBreak} {
				if got := d.Language(s); got != tc.lang {
					t.Errorf("Language(%q) = %q, want %q", s, got, tc.lang)
				}
			}
		})
	}
}

func TestRequest(t *testing.T) {
	for _, tc := range []struct {
		text string
		want bool
	}{
		{"I don't want a bot, give me an agent", true},
		{"I don't want an agent", false},
		{"no, let me speak with someone else", true},
		{"TALK TO A HUMAN!!!", true},
		{"talk to a huuuuman", true},
		{"ｔａｌｋ ｔｏ ａ ｈｕｍａｎ", true},
		{"talk to a hu\u200bman", true},
		{"taLk t\u00f3 \u00e1 p\u00e9rson", true},
		{"i cant get ahold of an agnet", true},
		{"speakto a representtative", true},
		{"agent", true},
		{"Agent please. My order is late", true},
		{"My order is late. Please advise", false},
		{"@shop_bot agent please 🙏", true},
		{"/agent", true},
		{"转人工，不用了", false},
		{"先不用转人工，算了，还是帮我转人工", true},
		{"轉人工", true},
		{"人工智能", false},
		{"are you really a person?", false},
		{"I need to talk to my boss first", false},
		{"my agent told me to wait", false},
		{"I spoke to an agent yesterday", false},
		{"human hair extensions", false},
		{"https://example.com/talk/to/a/human", false},
		{"", false},
		{"   \n", false},
		{"\xff\xfe agent", true},
	} {
		if got, _ := detector().Request(tc.text); got != tc.want {
			t.Errorf("Request(%q) = %v, want %v", tc.text, got, tc.want)
		}
	}
}

// Ensure a reason is short and has nothing of the customer's in it.
func TestRequest_Why(t *testing.T) {
	_, why := detector().Request("please let me talk to your manager, I am Ada")
	if why != "en.contact" {
		t.Errorf("Request() why = %q, want en.contact", why)
	}
}

func TestSmall(t *testing.T) {
	for _, tc := range []struct {
		text string
		want bool
	}{
		{"👍", true}, {"❤️❤️", true}, {"ok", true}, {"OK!!", true}, {"Thanks 😊", true}, {"...", true}, {"hahaha", true},
		{"", false}, {" ", false}, {"?", false}, {"???", false}, {"ok?", false}, {"2", false}, {"yes", false}, {"hello", false},
		{"thanks but no", false}, {"/start", false}, {"/", false}, {"@bot", false},
	} {
		if got := detector().Small(tc.text); got != tc.want {
			t.Errorf("Small(%q) = %v, want %v", tc.text, got, tc.want)
		}
	}
}

func TestCommand(t *testing.T) {
	for text, want := range map[string]string{
		"/agent": "/agent", "/bot": "/bot", " /Agent ": "/agent", "/agent@shop_bot": "/agent", "/agent my parcel": "/agent",
		"/bot@x\nnow": "/bot", "agent": "", "/agents": "", "/start": "", "": "", "say /agent": "", "/": "", "@": "",
	} {
		if got := detector().Command(text); got != want {
			t.Errorf("Command(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestBack(t *testing.T) {
	for text, want := range map[string]bool{
		"bot": true, "/bot": true, "Bot!": true, "the bot please": true, "back to the bot": true,
		"": false, "robots are bad, give me a human": false, "is this some bot": false, "I don't want the bot": false,
	} {
		if got := detector().Back(text); got != want {
			t.Errorf("Back(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestLanguage_Unsure(t *testing.T) {
	for _, text := range []string{"", "ok", "123", "👍", "?", "xqzt", "https://example.com"} {
		if got := detector().Language(text); got != "" {
			t.Errorf("Language(%q) = %q, want \"\"", text, got)
		}
	}
}

// Ensure a Detector may be shared.
func TestDetector_Concurrent(t *testing.T) {
	d := detector()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, tc := range languages {
				if ok, _ := d.Request(tc.asks); !ok {
					t.Errorf("Request(%q) = false, want true", tc.asks)
				}
				d.Break(tc.breaks)
				d.Language(tc.refuses)
				d.Small(tc.thanks)
			}
		})
	}
	wg.Wait()
}

// Ensure nobody can make the detector work for long.
func TestRequest_Long(t *testing.T) {
	for _, s := range []string{"talk ", "talk to a ", "not ", "agent ", "人工", "i want to ", "a", "' ", "@", "不要转", "a. ", "hi! ", "please? agent. "} {
		long := strings.Repeat(s, 4096/len(s)+1)
		took := time.Duration(math.MaxInt64)
		for range 5 { // what counts is the work, not what else the machine has to do
			start := time.Now()
			detector().Request(long)
			detector().Break(long)
			if took = min(took, time.Since(start)); took < time.Second {
				break
			}
		}
		if took > time.Second {
			t.Errorf("4096 bytes of %q take %v, want milliseconds", s, took)
		}
	}
}

// Ensure a Detector stays small: it lives as long as the program does.
func TestNew_Memory(t *testing.T) {
	used := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := used()
	d := detect.New()
	d.Request("hello")
	after := used()
	runtime.KeepAlive(d)
	if after > before+6<<20 {
		t.Errorf("a Detector takes %d bytes, want at most 6 MiB", after-before)
	}
}

func FuzzRequest(f *testing.F) {
	for _, tc := range languages {
		f.Add(tc.asks)
		f.Add(tc.breaks)
	}
	f.Add("l' ' '' ´ʼ")
	f.Add("\xff\u0301\u200d@ http://")
	f.Fuzz(func(t *testing.T, text string) {
		d := detector()
		ok, why := d.Request(text)
		if ok != (why != "") {
			t.Errorf("Request(%q) = %v, %q", text, ok, why)
		}
		d.Break(text)
		d.Back(text)
		d.Small(text)
		d.Command(text)
		if code := d.Language(text); len(code) != 0 && len(code) != 2 {
			t.Errorf("Language(%q) = %q, want two letters or none", text, code)
		}
	})
}

// Ensure that what is heard at once is what each question by itself gives.
func TestHear(t *testing.T) {
	d := detector()
	texts := []string{"", "  ", "?", "👍", "thanks", "thanks?", "agent", "agent, never mind", "bot please", "ok, back to the bot, thanks"}
	for _, tc := range languages {
		texts = append(texts, tc.asks, tc.refuses, tc.nearMiss, tc.back, tc.thanks, tc.noBreak, tc.breaks, tc.thanks+" "+tc.asks)
	}
	for _, text := range texts {
		want := detect.Heard{Back: d.Back(text), Small: d.Small(text)}
		want.Asks, want.Why = d.Request(text)
		if got := d.Hear(text); got != want {
			t.Errorf("Hear(%q) = %+v, want %+v", text, got, want)
		}
	}
}

const typical = "hello, my parcel has not arrived yet, can I talk to someone?"

func BenchmarkRequest(b *testing.B) {
	d := detector()
	b.ReportAllocs()
	for b.Loop() {
		d.Request(typical)
	}
}

func BenchmarkRequest_No(b *testing.B) {
	d := detector()
	b.ReportAllocs()
	for b.Loop() {
		d.Request("hello, my parcel has not arrived yet, where can it be now??")
	}
}

func BenchmarkRequest_Chinese(b *testing.B) {
	d := detector()
	b.ReportAllocs()
	for b.Loop() {
		d.Request("你好，我上周买的东西到现在还没有收到，请问能不能帮我转接人工客服处理一下，谢谢")
	}
}

// BenchmarkHear hears what a message needs that comes in: four everyday questions, none of which asks for a person.
func BenchmarkHear(b *testing.B) {
	d := detector()
	texts := []string{
		"Hello, the parcel with my order was to come on Monday and it is not here yet. Where is it now? #17.",
		"I paid by card on Friday but the shop still shows the invoice as open. Is something missing? #4.",
		"The code from the newsletter says that it is not valid, although it was sent this week. #123.",
		"Is the shop in the old town open on the second Saturday of December, and until when? #1.",
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		d.Hear(texts[i%len(texts)])
		i++
	}
}

func BenchmarkBreak(b *testing.B) {
	d := detector()
	b.ReportAllocs()
	for b.Loop() {
		d.Break("Your parcel left our warehouse and will arrive on Monday.")
	}
}

func BenchmarkLanguage(b *testing.B) {
	d := detector()
	b.ReportAllocs()
	for b.Loop() {
		d.Language(typical)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		detect.New()
	}
}

func ExampleDetector_Request() {
	d := detect.New()
	fmt.Println(d.Request("I don't want a bot, give me an agent"))
	fmt.Println(d.Request("I don't want an agent"))
	// Output:
	// true en.not-a-bot
	// false
}
