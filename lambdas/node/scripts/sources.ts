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

/** Node's modules that change the engine, or reach names that are nobody's to use. */
const engine = /^(node:)?(v8|vm|module|inspector)$/;

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
  const build = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  return Object.entries(build)
    .map(([name, value]) =>
      typeof value === "object" ? name : `${name}: ${JSON.stringify(value)}`,
    )
    .filter((name) => !isDeclared(["esbuild", name], settings))
    .map((name) => ({
      place: relative(process.cwd(), file),
      fault: `esbuild ${name} is no setting of stock in runtime.yaml with a source`,
    }));
}

/** Whether one entry has all words of a setting, with the same values, and a source. */
function isDeclared(words: readonly string[], settings: readonly Setting[]): boolean {
  const has = (what: string, word: string) =>
    what.includes(`"${word}"`) ||
    what.split(/[^\w$]+/).includes(word) ||
    (word.includes(": ") && what.split(/[{}(),] */).includes(word));
  return settings.some(
    ({ what, source }) => source?.startsWith("https://") && words.every((word) => has(what, word)),
  );
}

/** What a node sets of a library: the function that is called, and the option. */
function settingsOf(node: ts.Node, checker: ts.TypeChecker): string[][] {
  const target = writtenBy(node);
  if (target !== undefined) {
    return /^process\.env\b/.test(target.getText())
      ? [[target.getText().replace(/\W+/g, ".")]]
      : [];
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

/** What a statement or an expression gives another value, or takes its value. */
function writtenBy(node: ts.Node): ts.Expression | undefined {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const assigns = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
    return assigns ? node.left : undefined;
  }
  if (ts.isDeleteExpression(node)) return node.expression;
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const { operator } = node;
    const counts =
      operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
    return counts ? node.operand : undefined;
  }
  return undefined;
}

/** The names of an object's members, with values that are literals, and of those of the objects in it. */
function members(object: ts.ObjectLiteralExpression): string[] {
  return object.properties.flatMap((property) => {
    if (property.name === undefined) return [property.getText()]; // a spread
    const inner =
      ts.isPropertyAssignment(property) && ts.isObjectLiteralExpression(property.initializer)
        ? members(property.initializer)
        : [];
    const name = property.name.getText();
    const value = ts.isPropertyAssignment(property) ? property.initializer : undefined;
    const literal =
      value !== undefined &&
      (ts.isLiteralExpression(value) || /^(true|false|null|-?\d.*)$/.test(value.getText()));
    return [literal ? `${name}: ${value.getText()}` : name, ...inner];
  });
}

/** In which way a node reaches behind a library's documented API. */
function privateNames(node: ts.Node, checker: ts.TypeChecker): string[] {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const { text } = node.moduleSpecifier;
    const own = text.startsWith(".") && !text.includes("node_modules");
    const whole = /^(@[^/]+\/)?[^/.]+$/.test(text);
    if (engine.test(text)) return [`imports ${text}, which changes the engine or any name`];
    return own || whole || isBuiltin(text) ? [] : [`imports ${text}, a part of a package`];
  }
  if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) {
    const { kind } = node.type;
    const hides = kind === ts.SyntaxKind.NeverKeyword || kind === ts.SyntaxKind.UnknownKeyword;
    return hides ? [`says ${node.type.getText()}, which hides private names`] : [];
  }
  if (
    ts.isCallExpression(node) &&
    /^Object\.(assign|defineProperties)$/.test(node.expression.getText())
  ) {
    const [target] = node.arguments;
    return target !== undefined && ts.isObjectLiteralExpression(target)
      ? []
      : [`changes ${target?.getText() ?? "nothing"}`];
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return ["imports while it runs, which hides what"];
  }
  if (node.kind === ts.SyntaxKind.AnyKeyword) return ["says any, which hides private names"];
  const target = writtenBy(node);
  if (target !== undefined) return patched(target, checker);
  if (!ts.isIdentifier(node) && !ts.isStringLiteral(node)) return [];
  const { parent, text } = node;
  const isMember =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isElementAccessExpression(parent) && parent.argumentExpression === node);
  const isPrivate = isMember && text.startsWith("_");
  const isBack = back.test(text) && (isMember || ts.isIdentifier(node));
  return isPrivate || isBack ? [`uses ${text}`] : [];
}

/** A change of a part of what was imported, or of a member that a package declares. */
function patched(target: ts.Expression, checker: ts.TypeChecker): string[] {
  let root: ts.Expression = target;
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root)) {
    root = root.expression;
  }
  if (root === target || /^process\.env\b/.test(target.getText())) return [];
  const [declaration] = checker.getSymbolAtLocation(root)?.declarations ?? [];
  const imported =
    declaration !== undefined &&
    (ts.isImportSpecifier(declaration) ||
      ts.isImportClause(declaration) ||
      ts.isNamespaceImport(declaration));
  // What belongs to one request is no setting.
  const name = checker.getTypeAtLocation(root).getSymbol()?.getName() ?? "";
  if (!imported && /^(Request|Response|IncomingMessage|ServerResponse)$/.test(name)) return [];
  return imported || libraryOf(target, checker) ? [`changes ${target.getText()}`] : [];
}

/** Whether what is written to is part of a value whose type is a package's. */
function libraryOf(target: ts.Expression, checker: ts.TypeChecker): boolean {
  for (let part = target; ; part = part.expression) {
    if (!ts.isPropertyAccessExpression(part) && !ts.isElementAccessExpression(part)) return false;
    const type = checker.getTypeAtLocation(part.expression);
    const symbol = type.aliasSymbol ?? type.getSymbol();
    if (symbol?.declarations?.some((one) => packageOf(one) !== undefined)) return true;
  }
}

/** The package that declares something, undefined for our own and Node's. */
function packageOf(declaration: ts.Node | undefined): string | undefined {
  const file = declaration?.getSourceFile().fileName ?? "";
  const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
  return name === "@types/node" || name === "typescript" ? undefined : name;
}
