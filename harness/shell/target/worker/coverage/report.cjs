// Adds up what Workers have counted, and writes the reports of it, as c8 does for Node.
//
// The one rule: a line counts where its author wrote it; where a source map leads away from the Worker's own files, it
// does not count.
'use strict'
const fs = require('node:fs')
const path = require('node:path')

const plan = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))
const part = (name) => require(path.join(plan.modules, name))
const { createCoverageMap } = part('istanbul-lib-coverage')
const { createSourceMapStore } = part('istanbul-lib-source-maps')
const { createContext } = part('istanbul-lib-report')
const reports = part('istanbul-reports')

async function main() {
  const { loaded, unloaded } = JSON.parse(fs.readFileSync(plan.maps, 'utf8'))
  const all = createCoverageMap(structuredClone(loaded))
  for (const file of plan.counts) {
    for (const { path: name, ...counts } of JSON.parse(fs.readFileSync(file, 'utf8'))) {
      if (name in loaded) all.merge({ [name]: { ...structuredClone(loaded[name]), ...counts } })
    }
  }
  const traced = createCoverageMap((await createSourceMapStore().transformCoverage(all)).toJSON())
  const own = new Set(plan.own)
  traced.filter((name) => own.has(name))
  const reached = new Set(traced.files()) // by a source map too, and then it is loaded after all
  for (const [name, map] of Object.entries(unloaded)) if (!reached.has(name)) traced.addFileCoverage(map)
  const context = createContext({ dir: plan.out, coverageMap: traced })
  for (const name of ['lcovonly', 'cobertura', 'json', 'html']) {
    reports.create(name, { projectRoot: plan.root }).execute(context)
  }
}

main().catch((error) => {
  console.error(error.message)
  process.exit(1)
})
