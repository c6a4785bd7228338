"""Points in the accounts: revenue deferred at the sale and released as points are redeemed or lapse (IFRS 15)."""


def deferred_revenue(sales: float, points_face: float, redemption: float) -> float:
    """Part of a sale's price that belongs to the points it earned.

    The price is shared out by stand-alone prices: of the goods, and of the points (face value times the share expected
    to be redeemed).

    Args:
        sales: Price of the goods, yuan, > 0.
        points_face: Face value of the points earned, yuan, >= 0.
        redemption: Share expected to be redeemed, 0-1.
    Source:
        IFRS 15, illustrative example of customer loyalty points.
    """
    if sales <= 0 or points_face < 0 or not 0 <= redemption <= 1:
        raise ValueError(
            f"deferred_revenue(sales={sales}, points_face={points_face}, redemption={redemption}): "
            "sales > 0, points_face >= 0, redemption 0 to 1"
        )
    points = points_face * redemption
    return sales * points / (sales + points)


def contract_balance(sales: float, points_face: float, redeemed: float, outstanding: float, redemption: float) -> float:
    """Deferred revenue of a whole programme at a date, yuan: what was deferred, less what has been released.

    Points that lapsed or were clawed back are neither redeemed nor outstanding, so the release catches up with them.

    Args:
        sales: Price of all goods that earned points, returns taken off, yuan, > 0.
        points_face: Face value of the points they earned, claw-backs taken off, yuan, >= 0.
        redeemed, outstanding: Face value redeemed so far, and still there, yuan, >= 0.
        redemption: Share of those still there that is expected to be redeemed, 0-1.
    """
    expected = redeemed + outstanding * redemption
    if expected <= 0 or points_face <= 0:
        return 0.0
    deferred = deferred_revenue(sales, points_face, min(expected / points_face, 1.0))
    return deferred - released(deferred, redeemed, expected)


def released(deferred: float, redeemed: float, expected: float) -> float:
    """Revenue released so far: the deferred part times points redeemed so far over points now expected to be redeemed.

    A change of `expected` catches up with the past. All arguments are totals since the sale; `expected` > 0.
    """
    if expected <= 0 or redeemed < 0 or redeemed > expected:
        raise ValueError(f"released(redeemed={redeemed}, expected={expected}): expected > 0, redeemed 0 to expected")
    return deferred * redeemed / expected
