import { useEffect, useState } from "preact/hooks";
import { api, segment } from "../api/client";
import type { SavedView } from "../api/types";
import { useLoaded } from "../api/useLoaded";
import { setQuery } from "../router";
import { me, project } from "../session";
import { Icon } from "../ui/Icon";
import { Lazy, type Load } from "../ui/Lazy";
import { Menu, type MenuItem } from "../ui/Menu";
import { toast, toastError } from "../ui/Toast";
import { addressOfView, type Filter, isShown } from "./filter";
import { formatQuery } from "./query";
import type { ViewDialogProps } from "./ViewDialog";

const dialog: Load<ViewDialogProps> = () => import("./ViewDialog");

interface ViewsMenuProps {
  filter: Filter;
  projectId: string | null;
}

/** Filters that were given a name: one's own, and those that others share. */
export function ViewsMenu({ filter, projectId }: ViewsMenuProps) {
  const loaded = useLoaded(
    (signal) => api.get<SavedView[]>("/v1/views", { query: { project_id: projectId }, signal }),
    [projectId],
  );
  const [open, setOpen] = useState<{ view: SavedView | null } | null>(null);
  /** The view that was shown last: what is changed since then can be kept in it. */
  const [lastId, setLastId] = useState<string | null>(null);
  const views = (loaded.data ?? []).filter((view) => projectId !== null || view.project_id === null);
  const shown = views.find((view) => isShown(view, filter)) ?? null;
  const last = shown ?? views.find((view) => view.id === lastId) ?? null;
  useEffect(() => {
    if (shown) setLastId(shown.id);
  }, [shown?.id]);

  async function update(view: SavedView): Promise<void> {
    const wanted = { query: formatQuery(filter.query), sort: filter.sort };
    const made = await api.put<SavedView>(`/v1/views/${segment(view.id)}`, wanted);
    loaded.change((before) => before.map((known) => (known.id === made.id ? made : known)));
    toast(`“${view.name}” shows this from now on.`);
  }

  async function remove(view: SavedView): Promise<void> {
    await api.delete(`/v1/views/${segment(view.id)}`);
    loaded.change((before) => before.filter((known) => known.id !== view.id));
    const undo = () => void restore(view).catch(toastError);
    toast(`“${view.name}” is deleted.`, { action: { label: "Undo", run: undo } });
  }

  async function restore({ name, query, sort, project_id, is_shared }: SavedView): Promise<void> {
    await api.post("/v1/views", { name, query, sort, project_id, is_shared });
    loaded.reload();
  }

  const acts: MenuItem[] = [
    { label: "Save this as a view…", icon: "plus", apart: views.length > 0, run: () => setOpen({ view: null }) },
  ];
  if (last && (last.is_own || me.value?.is_admin)) {
    if (!shown) {
      acts.push({
        label: `Keep this in “${last.name}”`,
        icon: "check",
        run: () => void update(last).catch(toastError),
      });
    }
    acts.push(
      { label: `Rename or share “${last.name}”…`, icon: "gear", run: () => setOpen({ view: last }) },
      {
        label: `Delete “${last.name}”`,
        icon: "trash",
        danger: true,
        run: () => void remove(last).catch(toastError),
      },
    );
  }
  return (
    <>
      <Menu
        label={shown ? `View: ${shown.name}` : "Saved views"}
        title="Saved views"
        buttonClass={shown ? "button plain small chosen" : "button plain small"}
        align="end"
        items={[...views.map((view) => itemOf(view, view === shown)), ...acts]}
      >
        <Icon name="bookmark" />
        <bdi class="button-text">{shown?.name ?? "Views"}</bdi>
        <Icon name="chevron" size={14} />
      </Menu>
      {open && (
        <Lazy
          load={dialog}
          skeleton={null}
          props={{
            view: open.view,
            given: { query: formatQuery(filter.query), sort: filter.sort, project_id: projectId },
            hasHours: filter.range !== null,
            projectName: project.value?.name ?? null,
            onClose: () => setOpen(null),
            onSaved: (made: SavedView) => {
              setOpen(null);
              setLastId(made.id);
              loaded.reload();
              toast(`“${made.name}” is saved.`);
            },
          }}
        />
      )}
    </>
  );
}

function itemOf(view: SavedView, isChosen: boolean): MenuItem {
  const whose = view.is_own ? "" : ` (${view.created_by_name ?? "shared"})`;
  return {
    label: `${view.name}${whose}`,
    icon: "bookmark",
    checked: isChosen,
    run: () => setQuery(addressOfView(view), { replace: false }),
  };
}
