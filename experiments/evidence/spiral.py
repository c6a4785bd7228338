"""The spiral of document 0: concessions mount, are refused, and the buyer leaves; and the shop that never concedes."""

from experiments.evidence.claim import Figures, Places
from experiments.evidence.looks import one, questions, ratio, told_one

BINS = ((1, 1), (2, 3), (4, 6), (7, 10), (11, 15), (16, 10_000))
_BY_NUMBER = """
WITH numbered AS (
    SELECT contribution_fen, refused, row_number() OVER (PARTITION BY shopper ORDER BY time) AS k
    FROM orders WHERE segment > 0)
SELECT avg(contribution_fen) / 100 AS yuan, count(*) AS n FROM numbered WHERE k BETWEEN $low AND $high
"""
STEPS = ("full_price", "discount", "free_post", "gift")
_BY_STEP = """
SELECT CASE WHEN gift_fen > 0 THEN 3 WHEN post_forgone_fen > 0 AND discount_fen > 0 THEN 2 WHEN discount_fen > 0 THEN 1 ELSE 0 END
    AS step, avg(contribution_fen) / 100 AS yuan, count(*) AS n FROM orders WHERE segment > 0 GROUP BY step
"""
# Both twins are with the shop at the refusal; two of their own cycles later, who has left?
_REFUSED = """
WITH refusal AS (SELECT shopper, min(time) AS time FROM orders WHERE refused AND segment > 0 GROUP BY shopper),
    pairs AS (
        SELECT time, 2 * here.history_cycle AS wait, here.left_at AS here_left, there.left_at AS there_left
        FROM refusal JOIN shoppers AS here USING (shopper) JOIN twin_shoppers AS there USING (shopper)
        WHERE there.left_at >= time AND least(here.category_end, here.moved_at) > time)
SELECT count(*) AS n, count(*) FILTER (here_left <= time + wait) AS here, count(*) FILTER (there_left <= time + wait) AS there
FROM pairs WHERE time + wait <= $days
"""


def spiral(places: Places) -> Figures:
    """Hazard of leaving after a refusal against never-conceded twins, and what orders leave as concessions mount."""
    found: Figures = {}
    with questions(places["escalating"], places["none"]) as run:
        row = one(run, _REFUSED, days=run.days)
        for low, high in BINS:
            told_bin = one(run, _BY_NUMBER, low=low, high=high)
            found[f"contribution_order_{low}"] = told_bin["yuan"] if told_bin["n"] >= 30 else None
        for at in run.rows(_BY_STEP):
            found[f"contribution_with_{STEPS[at['step']]}"] = at["yuan"] if at["n"] >= 30 else None
    left = [value for value in found.values() if value is not None]
    found["loss_at_worst"] = -min(left) if left else None
    found |= {"refused": row["n"], "left_after_refusal": row["here"], "twins_left": row["there"]}
    return found | {"figure": ratio(row["here"], row["there"])}


def peace(places: Places) -> Figures:
    """What never conceding leaves against conceding what is asked."""
    name = "contribution_per_known_customer"
    hard, soft = (told_one(places[world], name) for world in ("hard_line", "escalating"))
    kept = [told_one(places[world], "retention_365") for world in ("hard_line", "escalating")]
    return {"figure": hard - soft, "retention_hard_line": kept[0], "retention_escalating": kept[1],
            "refusals_hard_line": told_one(places["hard_line"], "refusals")}  # fmt: skip
