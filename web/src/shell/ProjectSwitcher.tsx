import { go, href, path } from "../router";
import { project, projectLabel, projects, rememberProject } from "../session";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";

/** Which project the pages are about. The choice stands in the address. */
export function ProjectSwitcher() {
  const current = project.value;
  const items = projects.value.map((known) => ({
    label: projectLabel(known),
    checked: known.id === current?.id,
    run: () => {
      rememberProject(known.slug);
      // One issue belongs to one project; lists and settings are there for each.
      go(href(path.value.startsWith("/issues/") ? "/issues" : path.value, { project: known.slug }));
    },
  }));
  const manage = { label: "All projects…", icon: "gear" as const, href: href("/settings/projects"), apart: true };
  return (
    <Menu
      label={`Project: ${current?.name ?? "none"}`}
      title="Switch the project"
      buttonClass="project-button"
      items={[...items, manage]}
    >
      <span class="project-mark" data-letter={[...(current?.name ?? "?")][0]?.toUpperCase()} aria-hidden="true" />
      <span class="ellipsis">{current?.name ?? "No project"}</span>
      <Icon name="chevron" size={14} />
    </Menu>
  );
}
