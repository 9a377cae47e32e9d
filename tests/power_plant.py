"""A captive station of an alumina refinery, worked by hand from steam properties.

800 t/h at 9.81 MPa and 540 degC; 250 t/h extracted at 6.3 MPa, 400 t/h at 0.6 MPa,
150 t/h to 5 kPa; water returns at 105 degC; no feed-water heating. Case 14 of the notes
on smelter, power and carbon, checked there against three implementations of IF97.
"""

from __future__ import annotations

from orebook.process.power.allocation import HeatAndPower
from orebook.process.power.turbine import exit_enthalpy
from orebook.process.properties.expansion import temperature_from_enthalpy
from orebook.process.properties.steam import enthalpy, entropy

LIVE = (9.81, 813.15)  # MPa, K
DRIVE = 0.985**2  # mechanical times generator efficiency [-]
AMBIENT = 298.15  # K


def published_plant() -> HeatAndPower:
    """Return one hour of the plant of case 14, from steam properties alone."""
    h0 = float(enthalpy(*LIVE))
    ends = {6.3: 0.80, 0.6: 0.82, 0.005: 0.85}
    flow = {6.3: 250.0, 0.6: 400.0, 0.005: 150.0}
    h = {p: float(exit_enthalpy(*LIVE, p, efficiency=e)) for p, e in ends.items()}
    back = (0.5, 378.15)
    h_back, s_back = float(enthalpy(*back)), float(entropy(*back))
    work = sum(flow[p] * (h0 - h[p]) for p in flow) / 1000.0
    boiler = 800.0 * (h0 - h_back) / 1000.0
    users = (6.3, 0.6)

    def exergy_over_return(p: float) -> float:
        s = float(entropy(p, temperature_from_enthalpy(p, h[p])))
        return h[p] - h_back - AMBIENT * (s - s_back)

    return HeatAndPower(
        fuel=boiler / 0.915 / 0.985,
        boiler_heat=boiler,
        heat=sum(flow[p] * (h[p] - h_back) for p in users) / 1000.0,
        gross=work * DRIVE / 3.6,
        net=work * DRIVE / 3.6 * 0.92,
        drop_to_users=sum(flow[p] * (h[p] - h[0.005]) for p in users) / 1000.0,
        drop=800.0 * (h0 - h[0.005]) / 1000.0,
        exergy=sum(flow[p] * exergy_over_return(p) for p in users) / 1000.0,
        drive_efficiency=DRIVE,
    )
