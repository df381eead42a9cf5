import { writeFileSync } from 'node:fs';
import { lockstepDashboard } from './dashboard.ts';

// Relative to where npm runs scripts: the repository.
const path = 'config/grafana/dashboards/lockstep.json';

writeFileSync(path, `${JSON.stringify(lockstepDashboard(), null, 2)}\n`);
console.log(path);
