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
  /^(prototype|__proto__|constructor|Function|Reflect|Proxy|createRequire|require|getBuiltinModule|loadEnvFile|eval|defineProperty|setPrototypeOf)$/;

/** Node's modules that change the engine, or reach names that are nobody's to use. */
const engine = /^(node:)?(v8|vm|module|inspector)(\/.*)?$/;

/** A value that can be compared with that of a declared setting. */
const literal = /^(["'`\d-]|(true|false|null)$)/;

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

/**
 * Whether one entry has all words of a setting, and a source. A value has to be the
 * declared one, which only what is no literal may lack.
 */
function isDeclared(words: readonly string[], settings: readonly Setting[]): boolean {
  const has = (what: string, word: string) => {
    if (!/^[^:]*: /.test(word)) {
      return what.includes(`"${word}"`) || what.split(/[^\w$]+/).includes(word);
    }
    const parts = what.split(/[{}(),] */);
    return parts.includes(word);
  };
  return settings.some(
    ({ what, source }) => source?.startsWith("https://") && words.every((word) => has(what, word)),
  );
}

/** A variable of the environment, which is a setting. */
const variable = /^process\.env\b/;

/** What a node sets of a library: the function that is called, and the option. */
function settingsOf(node: ts.Node, checker: ts.TypeChecker): string[][] {
  const variables = writtenBy(node).map((target) => target.getText());
  if (variables.length > 0) {
    return variables
      .filter((name) => variable.test(name))
      .map((name) => [name.replace(/\W+/g, ".")]);
  }
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return [];
  const from = packageOf(checker.getResolvedSignature(node)?.declaration);
  const callee = /\w+$/.exec(node.expression.getText())?.[0] ?? node.expression.getText();
  if (from === undefined || work[from]?.test(callee)) return [];
  const set = (node.arguments ?? []).flatMap((argument) => {
    if (ts.isObjectLiteralExpression(argument)) {
      return members(argument, checker).map((member) => [callee, member]);
    }
    if (ts.isStringLiteral(argument)) return [[callee, argument.text]];
    // A function is no setting, and neither is an app, which can be called like one.
    if (checker.getTypeAtLocation(argument).getCallSignatures().length > 0) return [];
    return [[callee, valueOf(argument, checker)]];
  });
  // A call sets something also where it is told nothing; a new object does not.
  return set.length === 0 && ts.isCallExpression(node) ? [[callee]] : set;
}

/** What a statement or an expression gives another value, or takes its value. */
function writtenBy(node: ts.Node): ts.Expression[] {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const assigns = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
    return assigns ? targets(node.left) : [];
  }
  if (ts.isForOfStatement(node) || ts.isForInStatement(node)) {
    return ts.isVariableDeclarationList(node.initializer) ? [] : targets(node.initializer);
  }
  if (ts.isDeleteExpression(node)) return [node.expression];
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const { operator } = node;
    const counts =
      operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
    return counts ? [node.operand] : [];
  }
  return [];
}

/** The targets of an assignment, which may take an object or an array apart. */
function targets(left: ts.Expression): ts.Expression[] {
  const whole = bare(left);
  if (ts.isArrayLiteralExpression(whole)) return whole.elements.flatMap(targets);
  if (ts.isSpreadElement(whole)) return targets(whole.expression);
  if (ts.isBinaryExpression(whole)) return targets(whole.left); // one with a default
  if (!ts.isObjectLiteralExpression(whole)) return [whole];
  return whole.properties.flatMap((property) => {
    if (ts.isPropertyAssignment(property)) return targets(property.initializer);
    return ts.isSpreadAssignment(property) ? targets(property.expression) : [];
  });
}

/** The names of an object's members, with their values, and of those of the objects in it. */
function members(object: ts.ObjectLiteralExpression, checker: ts.TypeChecker): string[] {
  return object.properties.flatMap((property) => {
    if (property.name === undefined) return [property.getText()]; // a spread
    const name = property.name.getText();
    if (ts.isShorthandPropertyAssignment(property)) {
      const symbol = checker.getShorthandAssignmentValueSymbol(property);
      return [`${name}: ${constantOf(symbol, checker) ?? name}`];
    }
    if (!ts.isPropertyAssignment(property)) return [name];
    const { initializer } = property;
    if (ts.isObjectLiteralExpression(initializer)) return [name, ...members(initializer, checker)];
    if (ts.isArrowFunction(initializer)) return [name]; // our own code
    return [`${name}: ${valueOf(initializer, checker)}`];
  });
}

/** A value as it is written, or the literal that a constant of ours stands for. */
function valueOf(value: ts.Expression, checker: ts.TypeChecker): string {
  const constant = ts.isIdentifier(value)
    ? constantOf(checker.getSymbolAtLocation(value), checker)
    : undefined;
  return constant ?? value.getText().replace(/\s+/g, " ");
}

/** The literal that a constant of ours is set to, also where it is imported. */
function constantOf(symbol: ts.Symbol | undefined, checker: ts.TypeChecker): string | undefined {
  if (symbol === undefined) return undefined;
  const alias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  const [declaration] = (alias ? checker.getAliasedSymbol(symbol) : symbol).declarations ?? [];
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  const text = declaration.initializer?.getText().replaceAll("_", "") ?? "";
  const fixed = (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
  return fixed && literal.test(text) ? text : undefined;
}

/** In which way a node reaches behind a library's documented API. */
function privateNames(node: ts.Node, checker: ts.TypeChecker): string[] {
  if (
    (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
    node.moduleSpecifier !== undefined &&
    ts.isStringLiteral(node.moduleSpecifier)
  ) {
    const { text } = node.moduleSpecifier;
    const own = text.startsWith(".") && !text.includes("node_modules");
    const whole = /^(@[^/]+\/)?[^/.]+$/.test(text);
    if (engine.test(text)) return [`imports ${text}, which changes the engine or any name`];
    return own || whole || isBuiltin(text) ? [] : [`imports ${text}, a part of a package`];
  }
  if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) {
    const { kind } = node.type;
    const hides = kind === ts.SyntaxKind.NeverKeyword || kind === ts.SyntaxKind.UnknownKeyword;
    if (hides) return [`says ${node.type.getText()}, which hides private names`];
    const isRead = onlyReads(checker.getTypeFromTypeNode(node.type), checker);
    const blind = isBlind(checker.getTypeAtLocation(node.expression));
    return blind && !isRead
      ? [`says what ${node.expression.getText()} is, which hides private names`]
      : [];
  }
  if (ts.isCallExpression(node) && changesArgument(node, checker)) {
    const [target] = node.arguments;
    return target !== undefined && ts.isObjectLiteralExpression(target)
      ? []
      : [`changes ${target?.getText() ?? "nothing"}`];
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return ["imports while it runs, which hides what"];
  }
  if (ts.isTypePredicateNode(node) && node.type !== undefined) {
    const isRead = onlyReads(checker.getTypeFromTypeNode(node.type), checker);
    return isRead
      ? []
      : [`says what ${node.parameterName.getText()} is, which hides private names`];
  }
  if (node.kind === ts.SyntaxKind.AnyKeyword) return ["says any, which hides private names"];
  const written = writtenBy(node);
  if (written.length > 0) {
    return written
      .filter((target) => isForeign(target, checker))
      .map((target) => `changes ${target.getText()}`);
  }
  if (!ts.isIdentifier(node) && !ts.isStringLiteralLike(node)) return [];
  const { parent, text } = node;
  const isName =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isElementAccessExpression(parent) && parent.argumentExpression === node);
  const isPrivate = isName && text.startsWith("_");
  const isBack = back.test(text) && (isName || ts.isIdentifier(node));
  return isPrivate || isBack ? [`uses ${text}`] : [];
}

/** Whether a type says nothing of a value, so that it may be said to be of any other. */
function isBlind(type: ts.Type): boolean {
  const nothing =
    ts.TypeFlags.Any |
    ts.TypeFlags.Unknown |
    ts.TypeFlags.NonPrimitive |
    ts.TypeFlags.TypeParameter;
  if ((type.flags & nothing) !== 0 || type.getSymbol()?.getName() === "Object") return true;
  return (type.flags & ts.TypeFlags.Object) !== 0 && type.getProperties().length === 0;
}

/** Whether what is said to be of a type can be read, but neither called nor given another value. */
function onlyReads(type: ts.Type, checker: ts.TypeChecker): boolean {
  if (type.isUnionOrIntersection()) return type.types.every((one) => onlyReads(one, checker));
  if ((type.flags & ts.TypeFlags.Instantiable) !== 0) return false; // any type, in the end
  if ((type.flags & ts.TypeFlags.Object) === 0) return true;
  const declarations = (type.aliasSymbol ?? type.getSymbol())?.declarations ?? [];
  if (declarations.some((one) => one.getSourceFile().isDeclarationFile)) return true;
  return (
    type.getCallSignatures().length === 0 &&
    type.getProperties().every((property) => {
      const [declaration] = property.declarations ?? [];
      if (declaration === undefined) return false;
      if (declaration.getSourceFile().isDeclarationFile) return true; // that of Error
      const isFixed = (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly) !== 0;
      return isFixed && onlyReads(checker.getTypeOfSymbol(property), checker);
    })
  );
}

/** Whether a call is one of Object.assign or Object.defineProperties, by whatever name. */
function changesArgument(call: ts.CallExpression, checker: ts.TypeChecker): boolean {
  const { name, parent } = (checker.getResolvedSignature(call)?.declaration ?? {}) as {
    name?: ts.Node;
    parent?: ts.Node;
  };
  return (
    name !== undefined &&
    /^(assign|defineProperties)$/.test(name.getText()) &&
    parent !== undefined &&
    ts.isInterfaceDeclaration(parent) &&
    parent.name.text === "ObjectConstructor"
  );
}

/** Whether what is written to is a member of something that is not our own. */
function isForeign(target: ts.Expression, checker: ts.TypeChecker): boolean {
  const whole = bare(target);
  if (!isMember(whole) || variable.test(whole.getText())) return false;
  if (isOfRequest(whole, checker)) return false;
  const name = ts.isPropertyAccessExpression(whole) ? whole.name : whole.argumentExpression;
  if (checker.getSymbolAtLocation(name)?.declarations?.some(isPublished)) return true;
  let root: ts.Expression = whole;
  while (isMember(root)) {
    root = bare(root.expression);
    if (isForeignType(checker.getTypeAtLocation(root), checker)) return true;
  }
  if (!ts.isIdentifier(root)) return false;
  // What is global has a declaration of Node's or the language's, or none.
  const [declaration] = checker.getSymbolAtLocation(root)?.declarations ?? [];
  return (
    declaration === undefined ||
    declaration.getSourceFile().isDeclarationFile ||
    ts.isImportSpecifier(declaration) ||
    ts.isImportClause(declaration) ||
    ts.isNamespaceImport(declaration)
  );
}

/** An expression without brackets around it, and without what only the compiler reads. */
function bare(expression: ts.Expression): ts.Expression {
  let inner = expression;
  while (
    ts.isParenthesizedExpression(inner) ||
    ts.isAsExpression(inner) ||
    ts.isSatisfiesExpression(inner) ||
    ts.isNonNullExpression(inner)
  ) {
    inner = inner.expression;
  }
  return inner;
}

type Member = ts.PropertyAccessExpression | ts.ElementAccessExpression;

function isMember(node: ts.Node): node is Member {
  return ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
}

/** Whether a member is a value of one request or answer, which is no setting. */
function isOfRequest(target: Member, checker: ts.TypeChecker): boolean {
  const { expression } = target;
  const isLocal = ts.isPropertyAccessExpression(expression) && expression.name.text === "locals";
  const owner = isLocal ? expression.expression : expression;
  const name = checker.getTypeAtLocation(owner).getSymbol()?.getName() ?? "";
  return (
    ts.isIdentifier(owner) &&
    /^(Request|Response|IncomingMessage|ServerResponse)$/.test(name) &&
    checker.getTypeAtLocation(target).getCallSignatures().length === 0
  );
}

/** Whether a type is a package's, Node's, the language's own, or not known. */
function isForeignType(type: ts.Type, checker: ts.TypeChecker): boolean {
  if (type.isUnionOrIntersection()) return type.types.some((one) => isForeignType(one, checker));
  if ((type.flags & ts.TypeFlags.Any) !== 0) return true;
  const declarations = (type.aliasSymbol ?? type.getSymbol())?.declarations ?? [];
  if (declarations.some(isPublished)) return true;
  // Arrays and records are the language's, but each one is its maker's.
  const { length } = checker.getIndexInfosOfType(type);
  return length === 0 && declarations.some((one) => one.getSourceFile().isDeclarationFile);
}

/** Whether a package declares something, among them Node's types. */
function isPublished(declaration: ts.Node): boolean {
  const { fileName } = declaration.getSourceFile();
  return /\/node_modules\/(?!.*\/node_modules\/)(?!typescript\/)/.test(fileName);
}

/** The package that declares something, undefined for our own and Node's. */
function packageOf(declaration: ts.Node | undefined): string | undefined {
  const file = declaration?.getSourceFile().fileName ?? "";
  const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
  return name === "@types/node" || name === "typescript" ? undefined : name;
}
