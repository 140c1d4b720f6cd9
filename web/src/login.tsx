/** The page for whoever is not signed in: sign-in, the first account of all, or an invite. */

import { render } from "preact";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import { LoginPage } from "./pages/login/LoginPage";
import { applyTheme } from "./theme";

applyTheme();
const root = document.getElementById("app");
if (root) render(<LoginPage invite={new URLSearchParams(location.search).get("invite")} />, root);
