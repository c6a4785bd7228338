"""The visit as the world carries it from recall to experience: what people and shop both write on, one record each."""

import numpy as np

CAUSES = (
    "none",
    "forgot",
    "price",
    "variety",
    "service",
    "quality",
    "refusal",
    "no_purchase",
    "moved",
    "category_over",
    "unknown",  # left before the run began, as an order log shows it; a log gives no reasons
)
FORGOT, PRICE, VARIETY, SERVICE, QUALITY, REFUSAL, NO_PURCHASE, MOVED, CATEGORY_OVER, UNKNOWN = range(1, 11)
OWN = 0  # the shop itself; rivals are 1, 2, ...
NOWHERE = -1

VISIT = np.dtype(
    [
        ("row", "i8"),
        ("key", "i8"),
        ("time", "f8"),
        ("need", "i8"),
        ("first", "?"),  # the order that put a customer of day 0 into the file
        ("prospect", "?"),
        # the basket, list values in yuan
        ("basket", "f8"),
        ("main", "i8"),  # product class of the main good
        ("basket_class", "f8", (4,)),
        ("goods_cost", "f8"),
        ("post_fee", "f8"),
        ("asked", "f8"),  # concession asked for, yuan
        ("rival_price", "f8", (6,)),  # ln(price / list)
        # the desk
        ("chatted", "?"),
        ("patience", "f8"),  # seconds
        ("wait", "f8"),  # seconds
        ("abandoned", "?"),
        ("silent", "?"),  # abandoned without a sign
        ("lost", "?"),  # the order went with the chat
        ("service_minutes", "f8"),
        # the offer
        ("discount", "f8", (4,)),
        ("free_post", "?"),
        ("gift", "f8"),
        ("points", "f8"),
        ("bonus", "i8"),  # points besides
        # a paid membership taken with the order
        ("joins", "?"),
        ("membership_fee", "f8"),  # yuan
        ("member_until", "f8"),  # day
        # the coupon laid on the counter
        ("coupon", "i8"),  # number of the message that brought it; 0 = none
        ("coupon_spent", "?"),  # this use is its last
        ("coupon_share", "f8"),  # of what its classes cost after the offer
        ("coupon_yuan", "f8"),  # face value, where it is no share
        ("coupon_class", "i1", (4,)),  # classes on which it counts
        # the decision, and the uniforms it reads
        ("choice_luck", "f8"),
        ("pick_luck", "f8"),
        ("redeem_luck", "f8"),
        ("rival_worth", "f8", (6,)),  # exp of utility
        ("shop", "i8"),
        ("cause", "i8"),
        ("refused", "?"),
        ("felt", "f8"),  # worth of all concessions, share of the delivered price
        ("booked", "f8"),  # part of it that counts as a lower price, same unit
        ("granted", "f8"),  # what the shop gave, yuan
        ("quantity", "f8"),
        ("redeems", "?"),
        ("point_worth", "f8"),  # of a yuan of face value to this member, yuan
        # the order's fate
        ("defect", "?"),
        ("misfit", "?"),
        ("late", "f8"),  # days
        ("returned", "?"),
        ("return_delay", "f8"),  # days
        ("contact_delay", "f8"),  # days until the after-sales contact; 0 = none
        ("wait_hurt", "f8"),  # utils
        ("quality_hurt", "f8"),
    ],
    align=True,
)
