package contract

// What sequences are drawn from. Texts, numbers and values are JSON as it is
// written; ${repeat:…} keeps the long ones short.

var goodCharacters = []string{
	"a", "Z", "0", " ", "é", "ß", "日", "👍", `\"`, `\\`, `\/`, `\n`, `\t`, `\u0041`, `\u00e9`, `\ud83d\ude00`, "\u007f", "\u0085", "\u00a0",
	"\u2028", "\ufeff", "\u200b", "e\u0301", "<", "&", "'", "%", "\ufffd", `\u2028`, `\uFEFF`, "\U0010ffff", "\uffff",
}

var oddCharacters = []string{
	`\u0000`, `\u0001`, `\u001f`, `\b`, `\f`, `\u000b`, `\ud800`, `\udfff`, `\ude00\ud83d`, `\ud83d`, `\ud83dx`, `\u12`, `\x41`, `\'`, `\v`, `\0`, `\u{41}`,
	"\x01", "\n", "\t", "\x00", "\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", `\uD83D\u0020`, `\u00`, `\`,
}

var goodNames = []string{
	`"x"`, `"Coffee"`, `" x "`, `"\t\r\n x \n"`, `"${repeat:100:x}"`, `"${repeat:100:👍}"`, `"  ${repeat:100:é}  "`, `"null"`, `"a/b"`, `"\u00a0"`,
	`"\ufeff"`, `"\u200b"`, `"\u3000"`, `"\u0085"`, `"e\u0301"`, `"\"\\\/"`, `"<b>&amp;</b>"`, `"{}"`, `"0"`, `"ﬁ"`, `"İ"`, `"\u2028"`,
}

var oddStrings = []string{
	`""`, `" "`, `"\t\n\r "`, `"${repeat:101:x}"`, `"${repeat:101:👍}"`, `"  ${repeat:101:é} "`, `"\u000b"`, `"\u000bx"`, `"\f"`, `"\u001fx"`, `"x\u0000"`, `"\u0000"`,
	`"\ud800"`, `"\udc00"`, `"x\ud83d"`, `"\ude00\ud83d"`, `"\ud83d\ud83d\ude00"`, `"\uD83D\uDE00"`, `"\u0007"`, `"x\b"`, "\"a\nb\"", "\"a\tb\"", "\"a\x00b\"", "\"\x1f\"",
	`"\x41"`, `"\u004"`, `"\u00zz"`, `"\"`, `"\`, `"`, `'x'`, `x`, `"x" "y"`, "\"\xff\"", "\"\xed\xa0\xbd\"", "\"\xc3\"", "\"\xf8\x88\x80\x80\x80\"", "\"\xc1\x81\"", `"${repeat:50:\ud83d\ude00}"`,
	`"${repeat:99:x}\ud83d\ude00"`, `"${repeat:100:x} "`, `" ${repeat:99: }x"`, `"\u0020x"`, `"\u0009"`,
}

var oddValues = []string{
	`null`, `true`, `false`, `0`, `1`, `-1`, `1.5`, `"1"`, `[]`, `{}`, `[1]`, `["x"]`, `{"a":1}`, `NaN`, `Infinity`, `-Infinity`, `undefined`, `None`, `True`, `nul`, `NULL`, ``, `"x"`,
	`[[[]]]`, `[1,]`, `{"a":1,}`, `{"a":1,"a":2}`, `{a:1}`, `[,]`, `//`, `/**/1`, `1 2`, `0x10`, `"\ud800"`, `{"\ud800":1}`, `[1e400]`, `{"price":1e400}`,
}

var goodPrices = []string{
	`0`, `1`, `19.99`, `19.990`, `19.9900000000`, `0.1`, `0.01`, `0.10`, `0.3`, `1e2`, `1E2`, `1e+2`, `1.5e1`, `10e-1`, `1e-2`, `0.1e1`, `999999.99`, `1000000`, `1000000.0`, `1e6`, `1E+6`, `-0`, `-0.0`, `-0e0`, `0e0`,
	`0e999`, `0.0e-999`, `100`, `5.50`, `0.07`, `1.1`, `2.675e2`, `123456.78`, `8.41`, `0.57`, `1.005e3`, `4.35`, `19.99000000000000000001`, `0.0`, `1.10e0`, `1.00`, `0.29`, `70.1e1`, `1e-400`, `-1e-400`,
}

var oddPrices = []string{
	`-0.01`, `-1`, `1000000.01`, `1000001`, `999999.995`, `999999.999`, `0.001`, `0.005`, `1e-3`, `1e400`, `-1e400`, `1E+400`, `1e309`, `1.7976931348623157e308`, `1.7976931348623159e308`, `5e-324`, `2e-324`, `1e-323`,
	`0.1000000000000000055511151231257827`, `0.30000000000000004`, `0.30000000000000002`, `0.29999999999999999`, `19.989999999999998436805981327779591083526611328125`, `19.990000000000002`, `19.9900000000000001`, `1.005`,
	`9007199254740993`, `123456789012345678901234567890`, `${repeat:400:9}`, `0.${repeat:400:0}1`, `1${repeat:400:0}`, `1${repeat:400:0}e-400`, `0.${repeat:30:9}`, `0.01${repeat:40:0}1`, `999999.99${repeat:20:9}`, `1000000.0000000000001`, `1000000.00000000001e0`,
	`01`, `00`, `-01`, `.5`, `5.`, `-`, `+1`, `1e`, `1e+`, `1.e1`, `1_000`, `1,000`, `1d`, `1f`, `1n`, `0b1`, `0o7`, `0x1F`, `--1`, `1-1`, `٣`, `１`, `1e2.5`, `"19.99"`, `" 1"`, `1 `, `- 1`, `1e 2`, `$1`,
	`0.010000000000000001`, `0.01000000000000000020816681711721685`, `100000000e-2`, `99999999e-2`, `100000001e-2`, `1e5000`, `1e-5000`, `0e5000`, `1e99999999999999999999`, `1e-99999999999999999999`, `0e99999999999999999999`,
}

var oddMembers = []string{
	`"id"`, `"Name"`, `"PRICE"`, `"Description"`, `"namE"`, `"name "`, `" name"`, `"n\u0000ame"`, `"__proto__"`, `"constructor"`, `"toString"`, `"expiresAt"`, `"sourceIp"`, `"runtime"`, `""`, `"ｎame"`, `"na\u0000me"`, `"prıce"`,
	`"\ud800"`, `name`, `'name'`, `1`, `null`, `"name\u200b"`, `"$ref"`, `"name","x"`, `"ſname"`, `"K"`, `"valueOf"`, `"@type"`, `"class"`, `"self"`, `"__class__"`, `"hasOwnProperty"`,
}

// styles put space where JSON allows it, and three where it does not.
var styles = []struct{ before, colon, after string }{
	{"", ":", ""}, {"", ":", ""}, {"", ":", ""}, {" ", ": ", " "}, {"\n\t", ":\r\n", "\n"}, {"\r", " : ", ""}, {"  ", ":", "\t"},
}

var oddDocuments = []string{
	``, ` `, `null`, `true`, `0`, `"x"`, `[]`, `{}`, `[{"name":"x","price":1}]`, `{`, `}`, `{"name"`, `{"name":`, `{"name":"x"`, `{"name":"x",`, `{"name":"x","price":1}}`, `{"name":"x","price":1}{}`, `{"name":"x","price":1} x`,
	`{"name":"x" "price":1}`, `{"name":"x";"price":1}`, `{"name"="x","price":1}`, `{,"name":"x","price":1}`, `{"name":"x",,"price":1}`, `{"name":"x","price":1}//`, `/* */{"name":"x","price":1}`, `#{"name":"x","price":1}`,
	`{name:"x",price:1}`, `name=x&price=1`, `<item/>`, `NaN`, `Infinity`, `-`, `nul`, `"`, `"\ud800"`, `{"name":"x","price":1,"":{}}`, `{"a":${repeat:31:[}${repeat:31:]}}`, `{"a":${repeat:32:[}${repeat:32:]}}`, `${repeat:32:[}${repeat:32:]}`,
	`${repeat:33:[}${repeat:33:]}`, `${repeat:10000:[}`, `${repeat:20000:{"a":}`, `{"description":{"a":${repeat:29:[}${repeat:29:]}},"name":"x","price":1}`, `{"description":{"a":${repeat:30:[}${repeat:30:]}},"name":"x","price":1}`,
	`{"description":{"a":${repeat:31:[}${repeat:31:]}},"name":"x","price":1}`, `{"name":"x","price":1,"name":"y","price":2}`, `{"name":"x","price":1,"price":1e400}`, `{"name":"x","price":1e400,"price":1}`, `{"name":"\ud800","name":"x","price":1}`,
	`{"name":"x","name":"\ud800","price":1}`, `{"name":null,"description":null,"price":null}`, `{"description":null}`, `{"name":"","description":"${repeat:1001:x}","price":-1}`, `{"name":"\ud800","description":"\udfff","price":1e400}`,
	`{"\u006eame":"x","pric\u0065":1}`, `{"name":"x","price":1,"unknown":1e400}`, `{"name":"x","price":1,"unknown":"\ud800"}`, `{"name":"x","price":{"a":1,"a":2}}`, `{"name":"x","price":[NaN]}`, `{"name":1e400,"price":1}`, `{"description":-1e999,"name":"x","price":1}`,
}

var oddAround = []string{"", "", " ", "\n", "\t", "\r", "\x00", "\v", "\f", "\u00a0", "\ufeff", "\u2028", "\x1e", ")]}',", ";", ",", "null", "\u0085", "\u200b", "\x1a", "\u3000"}

var oddBytes = []string{
	"", "{", "}", "[", "]", `"`, ",", ":", `\`, "/", "\x00", "\x7f", "\xff", "\xc3", "\u00e9", "\ufeff", "\u2028", "0", "-", "+", ".", "e", "'", " ", "\n", "\v", "\x80", `\u`, `\ud800`, "null", "#", "*",
}

var oddIDs = []string{
	noID, "6f9619ff-8b86-4011-b42d-00c04fc964ff", "6F9619FF-8B86-4011-B42D-00C04FC964FF", "6f9619ff-8b86-1011-042d-00c04fc964ff", "00000000-0000-0000-0000-000000000000", "6f9619ff-8b86-4011-b42d-00c04fc964f", "6f9619ff-8b86-4011-b42d-00c04fc964fff",
	"6f9619ff8b864011b42d00c04fc964ff", "{6f9619ff-8b86-4011-b42d-00c04fc964ff}", "urn:uuid:6f9619ff-8b86-4011-b42d-00c04fc964ff", "1", "%36f9619ff-8b86-4011-b42d-00c04fc964ff", "6f9619ff-8b86-4011-b42d-00c04fc964fg", "x", "null", "undefined", "..", ".", "%2e%2e",
	"%", "%zz", "%00", "6f9619ff-8b86-4011-b42d-00c04fc964ff%0A", "6f9619ff-8b86-4011-b42d-00c04fc964ff%20", "+", "*", "6f9619ff-8b86-4011-b42d-00c04fc964ff,x", "health", "items", "~", "@", ":", "$", "'", "(", "!", "=", "6f9619ff-8b86-4011-b42d-00c04fc964ff:x", "|", "[id]", "<id>", "\\", "{id}", "^", "`", "ä", "👍", "\"",
}

var oddPaths = []string{
	"/items/", "/items//", "//items", "///items", "/Items", "/ITEMS", "/item", "/itemss", "/items.json", "/items%2F", "/%69tems", "/items%20", "/items/%2e%2e/health", "/items/../health", "/items/.", "/./items", "/items;a=b", "/items/;a=b", "/health/", "/health/x", "/Health",
	"/metrics/", "/metrics/x", "/docs", "/openapi.json", "/favicon.ico", "/redoc", "/debug/pprof/", "/swagger-ui", "/robots.txt", "/items/1/2/3", "/healthz", "/%", "/%zz", "/items%", "/items%3Flimit=1", "/health%00", "/items/%", "/items/\\..", "/index.html", "/items:batch", "/*", "/items/{id}", "/items/:id", "/~root", "/a/b/c/d/e/f",
	"/health.", "/health;", "/health,", "/metrics%2f", "/items+", "/items|", "/items\\", "/items'", "/items/'", "/items/\"", "/$default", "/static/x", "/__proto__", "/constructor", "/toString",
}

var oddLimits = []string{
	"0", "1", "100", "101", "-1", "+5", "%2B5", "05", "00", "1.0", "1e1", "0x1", "ten", "%201", "1%20", "1%0A", "%D9%A3", "99999999999999999999", "", "null", "true", "1%00", "1,2", "[1]", "%EF%BC%91", "%FF", "1_0", "0.5", "-0", "10%25", "%31", "%", "%zz", "1%2", "NaN", "1'", "%c2%a01", "020", "2%2b0", "½",
}

var oddTokens = []string{
	"", "x", noToken, "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB", "_____________________w", "_____________________v", "b5YZ_4uGQBG0LQDAT8lk_", "b5YZ_4uGQBG0LQDAT8lk_wA", "b5YZ_4uGQBG0LQDAT8lk_w%3D%3D", "b5YZ_4uGQBG0LQDAT8lk_w==", "b5YZ%2F4uGQBG0LQDAT8lk%2Fw", "b5YZ/4uGQBG0LQDAT8lk/w",
	"b5YZ+4uGQBG0LQDAT8lk+w", "%62%35YZ_4uGQBG0LQDAT8lk_w", "b5YZ_4uGQBG0LQDAT8lk_w%0A", "%20b5YZ_4uGQBG0LQDAT8lk_w", "b5YZ_4uGQBG0LQDAT8lk_%77", "6f9619ff-8b86-4011-b42d-00c04fc964ff", "null", "%00", "b5YZ_4uGQBG0LQDAT8lk_é", "%F0%9F%91%8D", "b5YZ_4uGQBG0LQ%0ADAT8lk_w", "b5YZ_4uGQBG0LQDAT8lk.w", "%FF",
}

var oddNames = []string{
	"page", "Limit", "LIMIT", "limit%5B%5D", "limit[]", "limit[0]", "limit%20", "%20limit", "limi%74", "nexttoken", "next_token", "nextToken%00", "NextToken", "", "%", "é", "%FF", "__proto__", "constructor", "limit%00", "+limit", "limit+", "limit.x", "[limit]", "a[b]", "nextToken[x]",
}

var mediaTypes = []string{
	"application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON", "APPLICATION/JSON; Charset=\"utf-8\"", "application/json;", "application/json ;", " application/json ", "application/json; charset", "application/json; charset=", "application/json; charset=utf-16",
	"application/json; charset=latin1", "application/json; a=\"b;c\"", "application/json; a=b; a=c", "application/json;;", "application/json; =", "application/json, text/plain", "application/json,application/json", "text/json", "application/jsonx", "application/x-json", "application/problem+json",
	"application/vnd.api+json", "application/*", "*/*", "", " ", "json", "application", "application/", "/json", "application /json", "application/ json", "application/json\t", "application/json charset=utf-8", "application/json: charset=utf-8", "text/plain", "application/x-www-form-urlencoded",
	"multipart/form-data; boundary=x", "application/octet-stream", "application/json;\tcharset=utf-8", "application/json; charset=utf-8;", "application/json; q=0.5", "\"application/json\"", "application/json\u00a0", "application/json; é=1", "application/json; a=\"", "application/json; a=\"\\\"\"",
}

var oddHeaders = [][2]string{
	{"X-Forwarded-For", "198.51.100.66"}, {"X-Real-Ip", "198.51.100.66"}, {"Forwarded", "for=198.51.100.66"}, {"Accept", "text/html"}, {"Accept", "application/xml;q=1, */*;q=0"}, {"Accept", ""}, {"Accept-Encoding", "gzip, br"}, {"Accept-Charset", "utf-16"},
	{"If-None-Match", "*"}, {"If-Match", "\"x\""}, {"If-Modified-Since", "Thu, 01 Jan 2099 00:00:00 GMT"}, {"Range", "bytes=0-1"}, {"Origin", "https://example.com"}, {"Access-Control-Request-Method", "POST"}, {"Cookie", "a=b; c"}, {"Authorization", "Basic eDp5"},
	{"X-Http-Method-Override", "DELETE"}, {"X-Http-Method", "DELETE"}, {"X-Runtime", "other"}, {"X-Cold-Start", "maybe"}, {"X-Amzn-Trace-Id", "Root=x"}, {"X-Original-Url", "/health"}, {"X-Rewrite-Url", "/health"}, {"X-Forwarded-Prefix", "/x"}, {"X-Forwarded-Host", "evil.example"},
	{"X-Forwarded-Proto", "http"}, {"Host", "evil.example"}, {"Via", "1.1 x"}, {"Prefer", "return=minimal"}, {"Content-Language", "de"}, {"X-Empty", ""}, {"X-Unicode", "é👍"}, {"Accept-Language", "de"}, {"Content-Disposition", "attachment"}, {"Pragma", "no-cache"}, {"Upgrade-Insecure-Requests", "1"}, {"User-Agent", ""},
}
