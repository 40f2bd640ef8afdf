import type en from "../en/setup";
import type { CatalogueLike } from "../message";

export default {
  "nav.lists": "清單",
  "nav.members": "成員與權限",
  "nav.settings": "設定",
  "nav.audit": "稽核",
  "nav.spaces": "照護團隊",

  "signIn.title": "登入",
  "signIn.demo": "示範人員",
  "signIn.demoText": "這是示範環境，所有病人皆為虛構。您今天是哪一位？",
  "signIn.as": "{name}（{role}）",
  "signIn.with": "使用{name}登入",
  "signIn.firstRun": "尚無任何帳戶。請開啟伺服器啟動時印出的一次性連結。",

  "welcome.title": "建立您的帳戶",
  "welcome.text": "連結有效。請選擇日後的登入方式。",
  "welcome.name": "您的姓名",
  "welcome.nameHint": "其他人會在您撰寫的內容旁看到。",
  "welcome.passwordHint": "至少{count}個字元。連續幾個詞語是不錯的選擇。",
  "welcome.create": "建立帳戶並登入",

  "settings.theme": "色彩",
  "settings.language": "語言",
} as const satisfies CatalogueLike<typeof en>;
