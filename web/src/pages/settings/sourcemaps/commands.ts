/** Commands that upload the maps of a build: complete, and fit to be pasted. Pure. */

export interface Command {
  value: string;
  label: string;
  about: string;
  code: string;
}

/** Return the commands for a project at `endpoint`; the token comes from the variable `BLOOP_TOKEN` of the build. */
export function commands(endpoint: string, slug: string, release: string): Command[] {
  const quoted = shellQuoted(release);
  return [
    {
      value: "curl",
      label: "curl",
      about: "One map; repeat the last part for more",
      code: `curl --fail --header "Authorization: Bearer $BLOOP_TOKEN" \\
  ${endpoint}/v1/projects/${slug}/sourcemaps \\
  --form release=${quoted} \\
  --form file=@dist/assets/app.js.map`,
    },
    {
      value: "bloop",
      label: "bloop",
      about: "All maps below a folder, where bloop is installed",
      code: `bloop sourcemaps upload dist --release ${quoted} \\
  --project ${slug} --url ${endpoint}`,
    },
  ];
}

function shellQuoted(text: string): string {
  return /^[\w.+@:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
