// Rules for the page's modules and their tests; `npx eslint` is run from the root of the checkout.

import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2023, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-shadow": "error",
      "no-implicit-globals": "error",
      "no-unused-private-class-members": "error",
      "no-self-compare": "error",
      "no-unmodified-loop-condition": "error",
      "no-constructor-return": "error",
      "default-case-last": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-properties": [
        "error",
        { property: "_fullLayout", message: "Plotly's private field." },
        { property: "_fullData", message: "Plotly's private field." },
        { property: "_context", message: "Plotly's private field." },
      ],
      "no-restricted-syntax": [
        "error",
        {
          selector: "AssignmentExpression[left.property.name=/^(innerHTML|outerHTML)$/]",
          message: "Text is only ever text: use `element`.",
        },
      ],
    },
  },
  { files: ["trainer/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["trainer/experiments/export/report/*.js"], languageOptions: { sourceType: "script" } },
  { files: ["tests/frontend/*.js"], languageOptions: { globals: globals.node } },
];
