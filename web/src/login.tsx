/** The page for whoever is not signed in: sign-in, the first account of all, or an invite. */

import { render } from "preact";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import { distrustKeptPages } from "./notice";
import { LoginPage } from "./pages/login/LoginPage";
import { applyTheme } from "./theme";

applyTheme();
distrustKeptPages();
const root = document.getElementById("app");
root?.replaceChildren();
if (root) render(<LoginPage invite={new URLSearchParams(location.search).get("invite")} />, root);
