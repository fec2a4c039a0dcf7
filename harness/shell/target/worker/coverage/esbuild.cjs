// Called as esbuild is, after the path of a plan: bundles a Worker whose own files count what they run.
//
// The one rule: each file is instrumented as its author wrote it, before esbuild touches it, so that what is counted
// are lines and branches of that file. What is not the Worker's own goes to esbuild as it is.
'use strict'
const fs = require('node:fs')
const path = require('node:path')

const [planFile, entry, ...flags] = process.argv.slice(2)
const plan = JSON.parse(fs.readFileSync(planFile, 'utf8'))
const esbuild = require(plan.esbuild)
const { createInstrumenter } = require(path.join(plan.modules, 'istanbul-lib-instrument'))

const GLOBAL = '__edgeproof_coverage__'
// A named entrypoint beside those of the Worker. No client gets to it: only a socket of its own leads there.
const COUNTERS = `
export const ${plan.entrypoint} = {
  fetch: () => Response.json(Object.values(globalThis.${GLOBAL} ?? {}).map(({ path, s, f, b }) => ({ path, s, f, b }))),
}
`
const SYNTAX = [
  'classProperties', 'classPrivateProperties', 'classPrivateMethods', 'classStaticBlock', 'decoratorAutoAccessors',
  'decorators-legacy', 'dynamicImport', 'explicitResourceManagement', 'importAttributes', 'importMeta', 'topLevelAwait',
]
const own = new Set(plan.own)
const loaded = {}
const unloaded = {}
const uncounted = {}

function loaderOf(file) {
  const [, typed, jsx] = /\.[cm]?([jt])s(x?)$/.exec(file)
  return typed === 't' ? `ts${jsx}` : 'jsx'
}

function instrumented(file, maps) {
  const loader = loaderOf(file)
  const instrumenter = createInstrumenter({
    esModules: !/\.c[jt]s$/.test(file),
    compact: false,
    preserveComments: true,
    coverageVariable: GLOBAL,
    coverageGlobalScope: 'globalThis',
    coverageGlobalScopeFunc: false, // a Worker may not make functions of texts
    parserPlugins: [
      ...SYNTAX,
      ...(loader.startsWith('ts') ? ['typescript'] : []),
      ...(loader.endsWith('x') ? ['jsx'] : []),
    ],
  })
  const text = fs.readFileSync(file, 'utf8')
  try {
    const contents = instrumenter.instrumentSync(text, file, mapBeside(file, text))
    maps[file] = instrumenter.lastFileCoverage()
    return { contents, loader }
  } catch (error) {
    uncounted[file] = error.message.replace(`${file}: `, '').split('\n')[0] // esbuild reads it as it is, and says what is wrong if it is
    return undefined
  }
}

// The source map of a file that a tool has made, which leads on to what its author wrote.
function mapBeside(file, text) {
  const url = [...text.matchAll(/^\/\/[#@] sourceMappingURL=(\S+)\s*$/gm)].at(-1)?.[1]
  if (!url) return undefined
  try {
    const inline = /^data:application\/json[^,]*?(;base64)?,(.*)$/.exec(url)
    if (!inline) return JSON.parse(fs.readFileSync(path.resolve(path.dirname(file), url), 'utf8'))
    return JSON.parse(inline[1] ? Buffer.from(inline[2], 'base64').toString() : decodeURIComponent(inline[2]))
  } catch {
    return undefined // then the made file itself is what is counted
  }
}

// What the API takes for esbuild's flags: `--name`, `--name=value`, `--name:item`, `--name:key=value`.
function optionsOf(words) {
  const options = {}
  for (const word of words) {
    const [, dashed, key, value] = /^--([a-z-]+)(?::([^=]+))?(?:=(.*))?$/s.exec(word)
    const name = dashed.replace(/-(.)/g, (_, letter) => letter.toUpperCase())
    if (key !== undefined && value !== undefined) (options[name] ??= {})[key] = value
    else if (key !== undefined) (options[name] ??= []).push(key)
    else if (name === 'conditions') options[name] = value.split(',')
    else options[name] = { undefined: true, true: true, false: false }[value] ?? value
  }
  return options
}

async function main() {
  const options = optionsOf(flags)
  await esbuild.build({
    ...options,
    entryPoints: [entry],
    absWorkingDir: process.cwd(),
    plugins: [
      {
        name: 'edgeproof-coverage',
        setup(build) {
          build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, (asked) => (own.has(asked.path) ? instrumented(asked.path, loaded) : undefined))
        },
      },
    ],
  })
  fs.appendFileSync(path.join(options.outdir, `${options.entryNames}.js`), COUNTERS)
  for (const file of plan.unloaded) if (!(file in loaded) && !(file in uncounted)) instrumented(file, unloaded)
  fs.writeFileSync(plan.maps, JSON.stringify({ loaded, unloaded }))
  fs.writeFileSync(plan.uncounted, JSON.stringify(uncounted))
}

main().catch((error) => {
  if (!error.errors) console.error(error.message) // what esbuild itself has found wrong it has written already
  process.exit(1)
})
