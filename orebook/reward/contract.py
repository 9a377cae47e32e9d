"""How strong an incentive should be: the classic closed forms of contract theory."""

from __future__ import annotations

from math import pi, sqrt

from orebook.errors import InputError


def linear_share(
    *, risk_aversion: float, effort_cost: float, variance: float, peer: float = 0.0
) -> float:
    """Return the best share of output to pay a risk-averse unit.

    Parameters
    ----------
    risk_aversion : float
        Absolute risk aversion r [1/CNY].
    effort_cost : float
        c of the effort cost c e^2 / 2 [CNY per unit squared].
    variance : float
        Variance of output that effort does not explain [CNY squared].
    peer : float
        Correlation with a peer's output that is filtered out [-].

    Returns
    -------
    float
        Share of output paid [-].

    Raises
    ------
    InputError
        A quantity is negative, or the correlation is not within -1 to 1.

    Notes
    -----
    beta = 1/(1 + r c s^2 (1 - rho^2)).

    References
    ----------
    .. [1] B. Holmstrom, P. Milgrom, "Aggregation and linearity in the provision of
       intertemporal incentives", 1987.

    Examples
    --------
    >>> round(linear_share(risk_aversion=0.002, effort_cost=1, variance=400), 6)
    0.555556
    """
    if min(risk_aversion, effort_cost, variance) < 0 or abs(peer) > 1:
        msg = (
            f"r {risk_aversion:g}, c {effort_cost:g}, variance {variance:g}, "
            f"correlation {peer:g}; expected none below zero, correlation in -1..1"
        )
        raise InputError(msg)
    return 1 / (1 + risk_aversion * effort_cost * variance * (1 - peer**2))


def prize_spread(*, marginal_cost: float, noise: float) -> float:
    """Return the spread between two prizes that calls forth the wanted effort.

    Parameters
    ----------
    marginal_cost : float
        Marginal cost of the wanted effort [CNY per unit].
    noise : float
        Standard deviation of each player's luck, normal [unit of output].

    Returns
    -------
    float
        First prize minus second [CNY].

    Raises
    ------
    InputError
        The noise is not above zero.

    Notes
    -----
    spread = marginal cost / g(0), g the density of the difference of two players'
    luck: g(0) = 1/(2 s sqrt(pi)).

    References
    ----------
    .. [1] E. Lazear, S. Rosen, "Rank-order tournaments as optimum labor contracts",
       1981.

    Examples
    --------
    >>> round(prize_spread(marginal_cost=1, noise=20), 6)
    70.898154
    """
    if noise <= 0:
        msg = f"noise {noise:g}; expected above zero, or rank is no contest"
        raise InputError(msg)
    return marginal_cost * 2 * noise * sqrt(pi)


def ratchet_share(share: float, *, ratchet: float, discount: float) -> float:
    """Return what remains of a share when good results raise the next target.

    Parameters
    ----------
    share : float
        Share paid of output above target [-].
    ratchet : float
        Part of the excess added to the next target, 0 to 1 [-].
    discount : float
        Discount factor of one period, below 1 [-].

    Returns
    -------
    float
        Share the unit really sees [-].

    Raises
    ------
    InputError
        The ratchet or the discount factor is out of range.

    Notes
    -----
    T' = T + l (y - T): effective share = share (1 - d)/(1 - d (1 - l)).

    References
    ----------
    .. [1] M. Weitzman, "The ratchet principle and performance incentives", 1980.

    Examples
    --------
    >>> round(ratchet_share(1.0, ratchet=0.3, discount=1 / 1.1), 6)
    0.25
    """
    if not (0 <= ratchet <= 1 and 0 <= discount < 1):
        msg = (
            f"ratchet {ratchet:g}, discount {discount:g}; expected ratchet in 0..1 "
            "and discount from 0 to below 1"
        )
        raise InputError(msg)
    return share * (1 - discount) / (1 - discount * (1 - ratchet))
