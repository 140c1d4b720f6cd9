import { go, href, path } from "../router";
import { ALL, isAll, project, projectLabel, projects, rememberProject } from "../session";
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
  const all = {
    label: "All projects",
    checked: isAll.value,
    apart: true,
    run: () => go(href(path.value.startsWith("/insights") ? path.value : "/issues", { project: ALL })),
  };
  const name = isAll.value ? "All projects" : (current?.name ?? "No project");
  const manage = { label: "Manage projects…", icon: "gear" as const, href: href("/settings/projects"), apart: true };
  return (
    <Menu
      label={`Project: ${current || isAll.value ? name : "none"}`}
      title="Switch the project"
      buttonClass="project-button"
      items={[...items, ...(projects.value.length > 1 || isAll.value ? [all] : []), manage]}
    >
      <span
        class="project-mark"
        data-letter={isAll.value ? "∗" : [...(current?.name ?? "?")][0]?.toUpperCase()}
        aria-hidden="true"
      />
      <span class="ellipsis">{name}</span>
      <Icon name="chevron" size={14} />
    </Menu>
  );
}
