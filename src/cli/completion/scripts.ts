/** Completion scripts: made of the commands themselves, so that none is forgotten. They start no Node.js at a press of Tab. */
import type { Flag, Place } from './command-tree.js'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof SHELLS)[number]

const WRITERS: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

export function completionScript(shell: Shell, places: readonly Place[]): string {
  return WRITERS[shell](places)
}

/** In single quotes, which every one of the three shells reads alike but for the quote itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** ` keys new`: how the scripts remember where they are. */
function keyOf({ words }: Place): string {
  return words.map((word) => ` ${word}`).join('')
}

/** One branch for each flag that a value follows. */
function valueBranches(places: readonly Place[], branch: (value: Flag['value']) => string): string[] {
  return places.flatMap((place) =>
    place.flags
      .filter(({ value }) => value !== 'none')
      .map(({ name, value }) => `    ${quoted(`${keyOf(place)} ${name}`)}) ${branch(value)}; return ;;`),
  )
}

/** Steps into a command; a word that is none, such as a value, changes nothing. */
function stepBranch(places: readonly Place[]): string {
  const keys = places.filter(({ words }) => words.length > 0).map((place) => quoted(keyOf(place)))
  return `      ${keys.join(' | ')}) at="$at $word" ;;`
}

function bashScript(places: readonly Place[]): string {
  const offer = (words: readonly string[]) => `COMPREPLY=($(compgen -W ${quoted(words.join(' '))} -- "$cur"))`
  return `# bash completion of express-cis2. For this shell: eval "$(npx express-cis2 completion bash)"
_express_cis2() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" at='' word i first=1
  [[ "\${COMP_WORDS[0]##*/}" == npx ]] && first=2
  COMPREPLY=()
  for ((i = first; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$at $word" in
${stepBranch(places)}
    esac
  done
  case "$at \${COMP_WORDS[COMP_CWORD - 1]}" in
${valueBranches(places, (value) => (value === 'file' ? 'compopt -o default' : value === 'text' || value === 'none' ? ':' : offer(value))).join('\n')}
  esac
  case "$at" in
${places.map((place) => `    ${quoted(keyOf(place))}) ${offer(wordsAt(place))} ;;`).join('\n')}
  esac
}
_express_cis2_npx() {
  if [[ "\${COMP_WORDS[1]}" == express-cis2 && COMP_CWORD -gt 1 ]]; then _express_cis2
  else COMPREPLY=($(compgen -W express-cis2 -- "\${COMP_WORDS[COMP_CWORD]}")); fi
}
complete -F _express_cis2 express-cis2
complete -p npx >/dev/null 2>&1 || complete -o default -F _express_cis2_npx npx
`
}

function wordsAt({ next, flags }: Place): string[] {
  return [...next.map(({ name }) => name), ...flags.map(({ name }) => name)]
}

function zshScript(places: readonly Place[]): string {
  const described = (list: readonly { name: string; description: string }[]) =>
    list.map(({ name, description }) => quoted(`${name}:${description}`)).join(' ')
  return `#compdef express-cis2
# zsh completion of express-cis2. For this shell: eval "$(npx express-cis2 completion zsh)"
_express_cis2() {
  local at='' word i
  local -a words_here flags_here
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    case "$at $word" in
${stepBranch(places)}
    esac
  done
  case "$at \${words[CURRENT - 1]}" in
${valueBranches(places, (value) => (value === 'file' ? '_files' : value === 'text' || value === 'none' ? ':' : `compadd -- ${value.join(' ')}`)).join('\n')}
  esac
  case "$at" in
${places.map((place) => `    ${quoted(keyOf(place))}) words_here=(${described(place.next)}); flags_here=(${described(place.flags)}) ;;`).join('\n')}
  esac
  _describe express-cis2 words_here
  _describe -o express-cis2 flags_here
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _express_cis2 express-cis2
`
}

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap((place) => {
    const here = `complete -c express-cis2 -n ${quoted(`__express_cis2_at${keyOf(place)}`)}`
    return [
      ...place.next.map(({ name, description }) => `${here} -f -a ${quoted(name)} -d ${quoted(description)}`),
      ...place.flags.map(
        ({ name, description, value }) =>
          `${here} -l ${name.replace(/^--/, '')} -d ${quoted(description)}${fishValue(value)}`,
      ),
    ]
  })
  const names = [...new Set(places.flatMap(({ words }) => words))]
  return `# fish completion of express-cis2. For this shell: npx express-cis2 completion fish | source
function __express_cis2_at
  set -l at
  for word in (commandline -opc)[2..]
    contains -- $word ${names.join(' ')}; and set -a at $word
  end
  test "$at" = "$argv"
end
complete -c express-cis2 -f
${lines.join('\n')}
`
}

function fishValue(value: Flag['value']): string {
  if (value === 'none') return ''
  if (value === 'file') return ' -r -F'
  return value === 'text' ? ' -x' : ` -x -a ${quoted(value.join(' '))}`
}
