/** What the class check reads out of the stock function's sources. */
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { relative } from "node:path";
import ts from "typescript";

/** Something in the sources that makes them not stock: where, and what. */
export interface Finding {
  readonly place: string;
  readonly fault: string;
}

/** An entry of settings in runtime.yaml. */
export interface Setting {
  readonly what: string;
  readonly source?: string;
}

/**
 * Calls of libraries that do the function's work, by package. All others set
 * something, and so must be among the settings.
 */
const work: Record<string, RegExp> = {
  // Routes, and what a request is asked for.
  "@types/express": /^express$/,
  "@types/express-serve-static-core": /^(route|use|all|get|post|put|delete|is|next|app)$/,
  // An event is answered.
  "serverless-http": /^answer$/,
  // Each command is a request, whose members are the request's own.
  "@aws-sdk/client-dynamodb": /^\w+Command$/,
  "@smithy/core": /^send$/,
  // The rules of a schema are the API's.
  zod: /^(strictObject|string|number|nullish|refine|transform|safeParse)$/,
};

/** As tsconfig.json has it, as far as types depend on it. */
const options: ts.CompilerOptions = {
  strict: true,
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2024,
  allowImportingTsExtensions: true,
  noEmit: true,
  resolveJsonModule: true,
  skipLibCheck: true,
};

/** Ways into a library, or around the compiler, that no documentation has. */
const back =
  /^(prototype|__proto__|constructor|Reflect|Proxy|createRequire|require|eval|defineProperty|setPrototypeOf)$/;

/**
 * Reads the sources of a folder for settings that are not among those that are
 * declared with a source, and for private names of libraries.
 *
 * @param files are absolute, and have their node_modules above them
 */
export function readSources(files: readonly string[], settings: readonly Setting[]): Finding[] {
  const found: Finding[] = [];
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  for (const file of files) {
    const source = program.getSourceFile(file);
    if (source === undefined) throw new Error(`${file}: got no such source`);
    const add = (node: ts.Node, fault: string) => {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push({ place: `${relative(process.cwd(), file)}:${line + 1}`, fault });
    };
    const visit = (node: ts.Node): void => {
      for (const fault of privateNames(node, checker)) add(node, fault);
      for (const name of settingsOf(node, checker)) {
        if (!isDeclared(name, settings)) {
          add(node, `${name.join(" ")} is no setting of stock in runtime.yaml with a source`);
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

/** Reads esbuild's settings in the same way. */
export function readBuild(file: string, settings: readonly Setting[]): Finding[] {
  const names = Object.keys(JSON.parse(readFileSync(file, "utf8")) as object);
  return names
    .filter((name) => !isDeclared(["esbuild", name], settings))
    .map((name) => ({
      place: relative(process.cwd(), file),
      fault: `esbuild ${name} is no setting of stock in runtime.yaml with a source`,
    }));
}

/** Whether one entry has all words of a setting, and a source. */
function isDeclared(words: readonly string[], settings: readonly Setting[]): boolean {
  const has = (what: string, word: string) =>
    what.includes(`"${word}"`) || what.split(/[^\w$]+/).includes(word);
  return settings.some(
    ({ what, source }) => source?.startsWith("https://") && words.every((word) => has(what, word)),
  );
}

/** What a node sets of a library: the function that is called, and the option. */
function settingsOf(node: ts.Node, checker: ts.TypeChecker): string[][] {
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    const target = node.left.getText();
    return /^process\.env\b/.test(target) ? [[target.replace(/\W+/g, ".")]] : [];
  }
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return [];
  const from = packageOf(checker.getResolvedSignature(node)?.declaration);
  const callee = /\w+$/.exec(node.expression.getText())?.[0] ?? node.expression.getText();
  if (from === undefined || work[from]?.test(callee)) return [];
  const set = (node.arguments ?? []).flatMap((argument) => {
    if (ts.isObjectLiteralExpression(argument)) {
      return members(argument).map((member) => [callee, member]);
    }
    if (ts.isStringLiteral(argument)) return [[callee, argument.text]];
    // A function is no setting, and neither is an app, which can be called like one.
    if (checker.getTypeAtLocation(argument).getCallSignatures().length > 0) return [];
    return [[callee, argument.getText()]];
  });
  // A call sets something also where it is told nothing; a new object does not.
  return set.length === 0 && ts.isCallExpression(node) ? [[callee]] : set;
}

/** The names of an object's members, and of those of the objects in it. */
function members(object: ts.ObjectLiteralExpression): string[] {
  return object.properties.flatMap((property) => {
    if (property.name === undefined) return [property.getText()]; // a spread
    const inner =
      ts.isPropertyAssignment(property) && ts.isObjectLiteralExpression(property.initializer)
        ? members(property.initializer)
        : [];
    return [property.name.getText(), ...inner];
  });
}

/** In which way a node reaches behind a library's documented API. */
function privateNames(node: ts.Node, checker: ts.TypeChecker): string[] {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const { text } = node.moduleSpecifier;
    const own = text.startsWith(".") && !text.includes("node_modules");
    const whole = /^(@[^/]+\/)?[^/.]+$/.test(text);
    return own || whole || isBuiltin(text) ? [] : [`imports ${text}, a part of a package`];
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return ["imports while it runs, which hides what"];
  }
  if (node.kind === ts.SyntaxKind.AnyKeyword) return ["says any, which hides private names"];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    return patched(node.left, checker);
  }
  if (!ts.isIdentifier(node) && !ts.isStringLiteral(node)) return [];
  const { parent, text } = node;
  const isMember =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isElementAccessExpression(parent) && parent.argumentExpression === node);
  const isPrivate = isMember && text.startsWith("_");
  const isBack = back.test(text) && (isMember || ts.isIdentifier(node));
  return isPrivate || isBack ? [`uses ${text}`] : [];
}

/** An assignment to a part of what was imported. */
function patched(target: ts.Expression, checker: ts.TypeChecker): string[] {
  let root: ts.Expression = target;
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root)) {
    root = root.expression;
  }
  const [declaration] = checker.getSymbolAtLocation(root)?.declarations ?? [];
  const imported =
    declaration !== undefined &&
    (ts.isImportSpecifier(declaration) ||
      ts.isImportClause(declaration) ||
      ts.isNamespaceImport(declaration));
  return imported && root !== target ? [`changes ${target.getText()}`] : [];
}

/** The package that declares something, undefined for our own and Node's. */
function packageOf(declaration: ts.Node | undefined): string | undefined {
  const file = declaration?.getSourceFile().fileName ?? "";
  const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
  return name === "@types/node" || name === "typescript" ? undefined : name;
}
