import { Page } from "../../ui/Page";
import { EmptyState } from "../../ui/States";

/** Sections of the settings, chosen by the path. */
export default function SettingsPage() {
  return (
    <Page title="Settings" narrow>
      <EmptyState icon="gear" title="Nothing to set">
        This server has no settings to change here.
      </EmptyState>
    </Page>
  );
}
