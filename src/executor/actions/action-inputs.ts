import type { ActionManifest } from '../../actions/action-manifest.ts';
import { toText } from '../../actions/expressions.ts';
import type { TemplateToken } from '../../actions/template-token.ts';
import { evaluate, evaluateMapping } from '../evaluate.ts';
import type { StepRun } from '../handlers/handler.ts';
import { setIgnoringCase } from '../job-state.ts';

type Inputs = Record<string, string>;

/**
 * The inputs of an action: what the step gives, then the defaults of the manifest. Deprecated and
 * unknown ones warn; required ones that are missing do not (protocol F.3).
 */
export async function actionInputs(run: StepRun, manifest: ActionManifest): Promise<Inputs> {
  const { scope, step, env, log } = run;
  const given: Inputs = {};
  const evaluated = await evaluateMapping(scope, step.inputs as TemplateToken, env);
  for (const [name, value] of Object.entries(evaluated)) setIgnoringCase(given, name, value);
  const inputs = { ...given };
  for (const { name, default: token, deprecationMessage } of manifest.inputs) {
    const isGiven = includes(Object.keys(given), name);
    if (isGiven && deprecationMessage !== null) {
      log.warning(`Input '${name}' has been deprecated with message: ${deprecationMessage}`);
    }
    if (!isGiven) inputs[name] = toText(await evaluate(scope, token, env));
  }
  warnAboutUnexpected(run, Object.keys(given), manifest);
  return inputs;
}

const includes = (names: readonly string[], name: string): boolean =>
  names.some((each) => each.toLowerCase() === name.toLowerCase());

function warnAboutUnexpected(
  { log }: StepRun,
  given: readonly string[],
  { inputs, runs }: ActionManifest,
): void {
  const always = runs.kind === 'docker' ? ['entryPoint', 'args'] : [];
  const valid = [...always, ...inputs.map(({ name }) => name)];
  const unexpected = given.filter((name) => !includes(valid, name));
  if (unexpected.length === 0) return;
  log.warning(
    `Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${valid.join("', '")}']`,
  );
}
