"""One clustering run, from its row to its result."""

from dataclasses import asdict

from analysis.clusters import ALGORITHM, Settings, cluster
from problems.clustering.corpus import choose_tickets, input_hash, read_corpus
from problems.clustering.decisions import read_decisions
from problems.clustering.progress import Reporter
from problems.clustering.saving import save_result
from problems.models import ClusterRun


def cluster_tickets(run: ClusterRun) -> ClusterRun:
    """Groups the run's tickets and saves the clusters; returns the finished run.

    Raises RunStoppedError when it was cancelled or given to another worker. It may be killed at
    any moment: vectors already computed stay, everything else is written in one transaction.
    """
    reporter = Reporter(run)
    reporter("choosing", 0, 1)
    ids = choose_tickets(run)
    reporter("choosing", 1, 1)
    model, documents, vectors = read_corpus(ids, reporter)
    decisions = read_decisions(run.scope_id)
    must, cannot = decisions.must_link(), decisions.cannot_link()
    settings = Settings.for_model(model)
    run.ticket_count = len(documents)
    run.algorithm = ALGORITHM
    run.parameters = {"settings": asdict(settings), "model": model}
    run.input_hash = input_hash(documents, sorted(must), sorted(cannot), model)
    result = cluster(
        documents,
        vectors,
        settings=settings,
        must_link=must,
        cannot_link=cannot,
        on_progress=reporter,
    )
    return save_result(run, result, model, reporter)
