// SettingsPage stands here until it is built.
export default function SettingsPage() {
  return null;
}
