// Takes the types away for webpack, which reads JavaScript alone.

const { transform } = require("esbuild");

module.exports = async function loader(source) {
  const done = this.async();
  const options = { loader: "ts", sourcemap: "external", sourcefile: this.resourcePath };
  const { code, map } = await transform(source, options);
  done(null, code, JSON.parse(map));
};
