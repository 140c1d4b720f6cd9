import { PasskeysPanel } from "./PasskeysPanel";
import { SessionsPanel } from "./SessionsPanel";

/** How one signs in, and where one is signed in. */
export default function AccountSection() {
  return (
    <>
      <PasskeysPanel />
      <SessionsPanel />
    </>
  );
}
