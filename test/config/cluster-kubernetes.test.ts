import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type AnySchema } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readManifests } from '../support/cluster-manifests.ts';
import { findProgram } from '../support/mpi.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { job, others } = readManifests();
const { Launcher, Worker } = job.spec.mpiReplicaSpecs;
const [launcher] = Launcher.template.spec.containers;
const [worker] = Worker.template.spec.containers;

/** A field that a schema does not know is an error: Kubernetes drops it, or refuses it with `--validate=strict`. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, strict(part)]));
  const isClosed = 'properties' in schema && !('additionalProperties' in schema) && 'type' in schema;
  return isClosed ? { ...parts, additionalProperties: false } : parts;
}

const schema = parse(readFileSync(`${root}/test/fixtures/kubeflow-mpijob-schema.yaml`, 'utf8'));
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const validate = ajv.compile(strict(schema) as AnySchema);

/** @returns one line for each fault */
function faultsOf(manifest: unknown): string[] {
  validate(manifest);
  const errors = validate.errors ?? [];
  return errors.map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** The same manifest with one field more, or another value. */
function changed(change: (copy: Record<string, never> & typeof job) => void): unknown {
  const copy = structuredClone(job) as Record<string, never> & typeof job;
  change(copy);
  return copy;
}

function shellcheck(text: string): string {
  return spawnSync('shellcheck', ['--shell=dash', '-'], { input: text, encoding: 'utf8' }).stdout;
}

const missing = (program: string) =>
  findProgram(program) === undefined ? ` (skips: ${program} is not installed)` : '';
const noShellcheck = missing('shellcheck');
const noHadolint = missing('hadolint');
const python = spawnSync('python3', ['-c', 'import kubernetes_validate']).status === 0;
const noPython = python ? '' : ' (skips: Python has no kubernetes-validate)';

describe('the MPIJob', () => {
  test("has what the operator's schema wants, and nothing that it does not know", () => {
    expect(faultsOf(job)).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['/spec', changed(({ spec }) => Object.assign(spec, { slots: 1 }))],
    [
      '/spec/mpiReplicaSpecs/Worker',
      changed(({ spec }) => Object.assign(spec.mpiReplicaSpecs.Worker, { count: 1 })),
    ],
    [
      '/spec/mpiReplicaSpecs/Worker/replicas',
      changed(({ spec }) => Object.assign(spec.mpiReplicaSpecs.Worker, { replicas: '4' })),
    ],
    [
      '/spec/mpiReplicaSpecs/Launcher/template/spec/containers/0',
      changed(({ spec }) =>
        Object.assign(spec.mpiReplicaSpecs.Launcher.template.spec.containers[0], { comand: [] }),
      ),
    ],
    [
      '/spec/mpiReplicaSpecs/Worker/template/spec/containers/0/resources/limits/memory',
      changed(({ spec }) =>
        Object.assign(spec.mpiReplicaSpecs.Worker.template.spec.containers[0].resources.limits, {
          memory: '2 GB',
        }),
      ),
    ],
  ])('would not have it with a fault at %s', (path, manifest) => {
    expect(faultsOf(manifest).map((fault) => fault.split(' ')[0])).toContain(path);
  });

  test('has as many workers in a rank as its pod has cores, all to itself', () => {
    const { requests, limits } = worker.resources;
    expect(limits.cpu).toBe(requests.cpu);
    expect(launcher.args).toContain(`--workers=${requests.cpu}`);
  });

  test('serves metrics at the port that the pod and the service name, to other pods', () => {
    const port = worker.ports?.find(({ name }) => name === 'metrics')?.containerPort;
    expect(launcher.args).toContain(`--metrics-port=${port}`);
    expect(launcher.args).toContain('--metrics-host=0.0.0.0');
    const service = others.find(({ kind }) => kind === 'Service');
    expect(service?.metadata.annotations?.['prometheus.io/port']).toBe(String(port));
    expect(service?.spec.selector['training.kubeflow.org/job-name']).toBe(job.metadata.name);
    // The operator makes a service of the job's own name.
    expect(service?.metadata.name).not.toBe(job.metadata.name);
  });

  test('has the run on the claimed storage, in the launcher and in the workers', () => {
    const claim = others.find(({ kind }) => kind === 'PersistentVolumeClaim')?.metadata.name;
    for (const { template } of [Launcher, Worker]) {
      const [volume] = template.spec.volumes;
      expect(volume?.persistentVolumeClaim.claimName).toBe(claim);
      expect(template.spec.containers[0].volumeMounts).toContainEqual({
        name: volume?.name,
        mountPath: '/runs',
      });
    }
  });

  test.skipIf(noShellcheck !== '')(`leaves nothing to shellcheck in its commands${noShellcheck}`, () => {
    expect(shellcheck(launcher.args[0] as string)).toBe('');
    expect(shellcheck(worker.lifecycle.preStop.exec.command[2] as string)).toBe('');
  });
});

describe('the manifests beside the MPIJob', () => {
  const program =
    'import json, sys, kubernetes_validate\n' +
    'for manifest in json.load(sys.stdin): kubernetes_validate.validate(manifest, "1.37", strict=True)';
  const check = (manifests: unknown) =>
    spawnSync('python3', ['-c', program], { input: JSON.stringify(manifests), encoding: 'utf8' }).stderr;

  test.skipIf(!python)(
    `have what Kubernetes 1.37's schemas want, and nothing that they do not know${noPython}`,
    () => {
      expect(check(others)).toBe('');
      expect(
        check(others.map(({ spec, ...manifest }) => ({ ...manifest, spec: { ...spec, storage: 1 } }))),
      ).toMatch('storage');
    },
  );
});

describe('the Dockerfile', () => {
  test.skipIf(noHadolint !== '')(`leaves nothing to hadolint${noHadolint}`, () => {
    expect(spawnSync('hadolint', [`${root}/config/cluster/Dockerfile`], { encoding: 'utf8' }).stdout).toBe(
      '',
    );
  });

  test('gives the image that both containers take, with the settings of sshd that the workers start', () => {
    const text = readFileSync(`${root}/config/cluster/Dockerfile`, 'utf8');
    expect(text).toMatch(`--tag ${launcher.image} `);
    expect(worker.image).toBe(launcher.image);
    expect(text).toMatch(`config/cluster/ssh/server.conf ${worker.args[2]}`);
  });
});
