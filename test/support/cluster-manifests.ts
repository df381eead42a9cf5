import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

interface Container {
  name: string;
  image: string;
  command: string[];
  args: string[];
  ports?: { name: string; containerPort: number }[];
  resources: { requests: { cpu: number | string }; limits: { cpu?: number | string } };
  lifecycle: { preStop: { exec: { command: string[] } } };
  volumeMounts: { name: string; mountPath: string }[];
}

interface Replicas {
  replicas: number;
  template: {
    spec: {
      containers: [Container];
      volumes: { name: string; persistentVolumeClaim: { claimName: string } }[];
    };
  };
}

export interface MpiJob {
  kind: 'MPIJob';
  metadata: { name: string };
  spec: { mpiReplicaSpecs: Record<'Launcher' | 'Worker', Replicas> };
}

export interface OtherManifest {
  kind: 'PersistentVolumeClaim' | 'Service';
  metadata: { name: string; annotations?: Record<string, string> };
  spec: { selector: Record<string, string> };
}

const mpiJobPath = fileURLToPath(new URL('../../config/cluster/mpijob.yaml', import.meta.url));

/** The documents of config/cluster/mpijob.yaml. */
export function readManifests(): { job: MpiJob; others: OtherManifest[] } {
  const documents: (MpiJob | OtherManifest)[] = parseAllDocuments(readFileSync(mpiJobPath, 'utf8')).map(
    (document) => document.toJS(),
  );
  const job = documents.find((document) => document.kind === 'MPIJob') as MpiJob;
  return { job, others: documents.filter((document) => document.kind !== 'MPIJob') };
}
