import type { Message } from "../message";

export default {
  "nav.lists": "Lists",
  "nav.members": "Members and access",
  "nav.settings": "Settings",
  "nav.audit": "Audit",
  "nav.spaces": "Care teams",

  "signIn.title": "Sign in",
  "signIn.demo": "People of the demo",
  "signIn.demoText": "This is a demo. All its patients are invented. Who are you today?",
  "signIn.as": "{name} ({role})",
  "signIn.with": "Sign in with {name}",
  "signIn.firstRun":
    "There is no account yet. Open the one-time link that the server printed when it started.",

  "welcome.title": "Make your account",
  "welcome.text": "Your link was right. Choose how you will sign in from now on.",
  "welcome.name": "Your name",
  "welcome.nameHint": "Others see it beside what you write.",
  "welcome.passwordHint": "At least {count} characters. A few words in a row are good.",
  "welcome.create": "Make account and sign in",

  "settings.theme": "Colours",
  "settings.language": "Language",
} as const satisfies Record<string, Message>;
