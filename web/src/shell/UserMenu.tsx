import { href } from "../router";
import { me, signOut } from "../session";
import { THEMES, type Theme } from "../theme";
import { Icon, type IconName } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { toastError } from "../ui/Toast";
import { setTheme, theme } from "./appearance";

const LOOKS: Record<Theme, { label: string; icon: IconName }> = {
  system: { label: "Theme of the system", icon: "laptop" },
  light: { label: "Light theme", icon: "sun" },
  dark: { label: "Dark theme", icon: "moon" },
};

/** Who is signed in, the theme, and the way out. */
export function UserMenu({ openSheet }: { openSheet: () => void }) {
  const name = me.value?.username ?? "";
  return (
    <div class="user">
      <Menu
        label={`Signed in as ${name}`}
        title="Account and theme"
        buttonClass="user-button"
        up
        items={[
          { label: "Passkeys and sessions", icon: "key", href: href("/settings/account") },
          ...THEMES.map((known, index) => ({
            ...LOOKS[known],
            checked: theme.value === known,
            apart: index === 0,
            run: () => setTheme(known),
          })),
          { label: "Keyboard shortcuts", icon: "keyboard" as const, run: openSheet, apart: true },
          { label: "HTTP API", icon: "doc" as const, href: "/docs" },
          { label: "Sign out", icon: "out" as const, run: () => void signOut().catch(toastError), apart: true },
        ]}
      >
        <Icon name="user" />
        <span class="ellipsis">{name}</span>
        <Icon name="chevron" size={14} />
      </Menu>
    </div>
  );
}
