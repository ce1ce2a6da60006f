import js from '@eslint/js'
import { includeIgnoreFile } from 'eslint/config'
import { join } from 'node:path'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  // What commands make, the example's build too.
  includeIgnoreFile(join(import.meta.dirname, '.gitignore')),
  { ignores: ['test/package/consumers/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A union of strings or a number in a template is what templates are for.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // `type` is fine for a union, `interface` for a shape.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // Express documents `declare global { namespace Express }` as the place to add to a request.
      '@typescript-eslint/no-namespace': ['error', { allowDeclarations: true }],
      // Named no-ops read better than a comment in braces.
      '@typescript-eslint/no-empty-function': ['error', { allow: ['functions', 'arrowFunctions', 'methods'] }],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        Buffer: 'readonly',
        document: 'readonly',
        window: 'readonly',
        BroadcastChannel: 'readonly',
      },
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Jest's globals are functions that tests hand around.
      '@typescript-eslint/unbound-method': 'off',
      // `({ sub: _sub, ...others }) => others` is how a test leaves a claim out; Express counts the arguments of an error handler.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
    },
  },
)
