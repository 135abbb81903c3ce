"""What a worker tells OpenTelemetry, where that is set up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys
from pathlib import Path
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
from runcomfy_client.batch import BatchLimits
from tests.batch.harness import simulate
from tests.batch.worker import jobs
from tests.fleet.test_limits import drive, open_batch

database, out = sys.argv[1:]
with open_batch(database, Path(out)) as batch:
    batch.plan(jobs(5))
    batch.set_limits(BatchLimits(), save=False)
    drive(simulate(), 1)
data = reader.get_metrics_data()
found = {}
for metric in data.resource_metrics[0].scope_metrics[0].metrics:
    for point in metric.data.data_points:
        found[" ".join([metric.name, *map(str, dict(point.attributes).values())])] = point.value
print(json.dumps(found))
"""


def test_metrics_of_submits_jobs_spending_and_workers(database: str, tmp_path: Path) -> None:
    words = [sys.executable, "-c", PROGRAM, database, str(tmp_path)]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["runcomfy.batch.submits night submitted"] == 5
    assert found["runcomfy.batch.jobs night succeeded"] == 5 and found["runcomfy.batch.workers"] == 1
    assert found["runcomfy.batch.spent night"] == 0.05
