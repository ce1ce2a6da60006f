// A plugin for Babel: the code counts which of its branches run, and shows what it compares, so that the fuzzer can tell
// an input that came further from one that did not, and learns the words that would bring it further still.

/** Methods that ask whether one text is, or is in, another. */
const ASKING = new Set(['includes', 'startsWith', 'endsWith', 'has', 'hasOwn', 'indexOf'])
const EQUALITY = new Set(['===', '!==', '==', '!='])

/** `nextEdge` numbers branches (true) and comparisons (false) over all files. */
export function instrumenter(nextEdge) {
  return function plugin({ types: t }) {
    const own = (name) => t.memberExpression(t.identifier('__fuzz'), t.identifier(name))
    const edge = () =>
      t.updateExpression('++', t.memberExpression(own('edges'), t.numericLiteral(nextEdge(true)), true))
    const counted = (expression) => t.sequenceExpression([edge(), expression])

    function countIn(path, key) {
      const child = path.get(key)
      if (!child.node) path.node[key] = t.blockStatement([])
      else if (!child.isBlockStatement()) path.node[key] = t.blockStatement([child.node])
      path.node[key].body.unshift(t.expressionStatement(edge()))
    }

    return {
      visitor: {
        Function: {
          exit(path) {
            if (path.get('body').isBlockStatement()) path.node.body.body.unshift(t.expressionStatement(edge()))
            else path.node.body = counted(path.node.body)
          },
        },
        IfStatement: {
          exit(path) {
            countIn(path, 'consequent')
            countIn(path, 'alternate')
          },
        },
        Loop: { exit: (path) => countIn(path, 'body') },
        CatchClause: { exit: (path) => countIn(path, 'body') },
        SwitchCase: { exit: (path) => path.node.consequent.unshift(t.expressionStatement(edge())) },
        ConditionalExpression: {
          exit(path) {
            path.node.consequent = counted(path.node.consequent)
            path.node.alternate = counted(path.node.alternate)
          },
        },
        LogicalExpression: {
          exit(path) {
            path.node.right = counted(path.node.right)
          },
        },
        BinaryExpression: {
          exit(path) {
            const { operator, left, right } = path.node
            if (!EQUALITY.has(operator) || [left, right].some((side) => side.operator === 'typeof')) return
            const call = t.callExpression(own('same'), [
              t.numericLiteral(nextEdge(false)),
              t.stringLiteral(operator),
              left,
              right,
            ])
            path.replaceWith(call)
            path.skip()
          },
        },
        CallExpression: {
          exit(path) {
            const { callee, arguments: given } = path.node
            if (
              callee.type !== 'MemberExpression' ||
              callee.object.type === 'Super' ||
              callee.computed ||
              !ASKING.has(callee.property.name)
            )
              return
            if (given.length === 0 || given.some((each) => each.type === 'SpreadElement')) return
            const name = t.stringLiteral(callee.property.name)
            path.replaceWith(
              t.callExpression(own('ask'), [t.numericLiteral(nextEdge(false)), callee.object, name, ...given]),
            )
            path.skip()
          },
        },
      },
    }
  }
}
