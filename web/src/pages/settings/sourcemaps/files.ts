/** Which of the files that somebody drops are source maps, and what they are called. Pure, but for reading folders. */

export interface Chosen {
  /** What the map is to be called: its path below the folder that was chosen. */
  name: string;
  file: File;
}

const MAP = /\.map(\.gz)?$/i;
const OF_STYLE_SHEETS = /\.css\.map(\.gz)?$/i;

/** Return the maps among the files below a folder; those of style sheets lead back to nothing that throws. */
export function mapsOf(all: readonly Chosen[]): Chosen[] {
  return all.filter(({ name }) => MAP.test(name) && !OF_STYLE_SHEETS.test(name));
}

/** Return files of a field as they are to be called: those of a folder without the name of the folder itself. */
export function chosenOf(files: Iterable<File>): Chosen[] {
  return [...files].map((file) => ({
    name: file.webkitRelativePath ? file.webkitRelativePath.split("/").slice(1).join("/") : file.name,
    file,
  }));
}

/** Return all files that were dropped, with those in folders. Has to be called while the drop is handled. */
export async function droppedFiles(items: DataTransferItemList): Promise<{ files: Chosen[]; hasFolder: boolean }> {
  // The list is empty once the handler of the drop has returned. What is no file of a file system is a file all the same.
  const dropped = [...items].map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const found: Chosen[] = [];
  for (const one of dropped) {
    if (one instanceof File) found.push({ name: one.name, file: one });
    else if (one !== null) await collect(one, "", found);
  }
  return { files: found, hasFolder: dropped.some((one) => one !== null && "isDirectory" in one && one.isDirectory) };
}

async function collect(entry: FileSystemEntry, folder: string, found: Chosen[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ name: `${folder}${entry.name}`, file });
    return;
  }
  // The folder that was dropped does not belong to the names, those in it do.
  const below = entry.fullPath.split("/").length > 2 ? `${folder}${entry.name}/` : "";
  for (const inside of await entriesOf(entry as FileSystemDirectoryEntry)) await collect(inside, below, found);
}

/** Browsers tell the entries of a folder a hundred at a time. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
