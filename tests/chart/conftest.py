"""A group of four sites, invented but of the usual size, in both languages."""

from __future__ import annotations

import csv
import io

import pytest

from orebook.chart import Link, Node

SITES = {
    "mine": ("Mine and port", "矿山与码头"),
    "refinery": ("Alumina refinery", "氧化铝厂"),
    "smelter": ("Smelter", "电解铝厂"),
    "rare": ("Rare-earth plant", "稀土分离厂"),
}
UNITS = {"t": ("t/h", "CNY/t"), "e": ("MWh/h", "CNY/MWh"), "v": ("m3/h", "CNY/m3")}
CARRIERS = {"m": "material", "h": "heat", "p": "power", "w": "water"}

NODES = """\
stope_n,mine,unit,North stope,北采场,
stope_s,mine,unit,South stope,南采场,
rom,mine,store,Run-of-mine stockpile,原矿堆场,42000
wash,mine,unit,Ore washing,洗矿厂,
pond,mine,store,Tailings pond,尾矿库,
washed,mine,store,Washed ore store,精矿仓,18500
haul,mine,unit,Overland belt,长距离皮带,
import,mine,market,Imported bauxite,进口铝土矿,
wharf,mine,unit,Wharf and unloader,码头卸船机,
yard,mine,store,Blending yard,混匀堆场,96000
mill,refinery,unit,Slurry mills,原矿浆磨制,
desil,refinery,unit,Predesilication,预脱硅,
digest,refinery,unit,Digestion,高压溶出,
flash,refinery,unit,Flash cooling,自蒸发,
settle,refinery,unit,Mud settling,赤泥沉降,
mudwash,refinery,unit,Mud washing train,赤泥洗涤,
mudpond,refinery,store,Red mud storage,赤泥堆场,
filter,refinery,unit,Security filtration,叶滤,
cool,refinery,unit,Liquor cooling,精液降温,
precip,refinery,unit,Precipitation,种子分解,
class,refinery,unit,Classification,旋流分级,
seed,refinery,store,Seed tanks,种子槽,5200
hydfil,refinery,unit,Product filtration,平盘过滤,
hydrate,refinery,store,Hydrate store,氢氧化铝仓,8300
calc,refinery,unit,Calcination,焙烧炉,
alumina,refinery,store,Alumina silos,氧化铝仓,31000
evap,refinery,unit,Evaporation,蒸发,
liquor,refinery,store,Strong liquor tanks,母液槽,12400
caust,refinery,unit,Causticisation,苛化,
lime,refinery,unit,Lime kiln,石灰窑,
soda,refinery,market,Caustic market,烧碱市场,
coal,refinery,market,Coal market,煤炭市场,
coalyard,refinery,store,Coal yard,储煤场,64000
boiler,refinery,unit,Boilers,锅炉,
turbine,refinery,unit,Turbines,汽轮机,
header,refinery,place,Steam headers,蒸汽母管,
busr,refinery,place,Refinery busbar,厂用母线,
gas,refinery,market,Natural gas,天然气,
alsale,refinery,market,Alumina market,氧化铝市场,
grid,smelter,market,Grid,电网,
buss,smelter,place,Rectifier busbar,整流母线,
line1,smelter,unit,Potline 1,电解一系列,
line2,smelter,unit,Potline 2,电解二系列,
paste,smelter,unit,Paste plant,阳极成型,
bake,smelter,unit,Anode baking,阳极焙烧,
rod,smelter,unit,Rodding shop,阳极组装,
anodes,smelter,store,Anode store,阳极库,7800
coke,smelter,market,Coke and pitch,石油焦与沥青,
alf3,smelter,market,Fluoride market,氟化铝市场,
hold,smelter,store,Holding furnaces,混合炉,640
cast,smelter,unit,Ingot casting,铸锭,
billet,smelter,unit,Billet casting,铝棒铸造,
metal,smelter,market,Metal customers,金属客户,
reconc,rare,market,Concentrate market,稀土精矿市场,
dissolve,rare,unit,Dissolution,酸溶,
cascade,rare,unit,Extraction cascade,萃取分离,
strip,rare,unit,Stripping,反萃,
repre,rare,unit,Oxalate precipitation,草酸沉淀,
kiln,rare,unit,Kiln,灼烧窑,
reo,rare,store,Oxide vault,氧化物库,112
resale,rare,market,Oxide customers,氧化物客户,
acid,rare,market,Acid and base,酸碱市场,
water,rare,unit,Wastewater works,废水处理站,
"""

LINKS = """\
stope_n,rom,m,t,310,78,bauxite,铝土矿
stope_s,rom,m,t,205,84,bauxite,铝土矿
rom,wash,m,t,515,92.5,bauxite,铝土矿
wash,pond,m,t,170,-6,tailings,尾矿
wash,washed,m,t,345,168,washed ore,洗精矿
washed,haul,m,t,340,168,washed ore,洗精矿
haul,yard,m,t,340,187,washed ore,洗精矿
import,wharf,m,t,220,402,imported bauxite,进口矿
wharf,yard,m,t,220,431,imported bauxite,进口矿
busr,wash,p,e,2.1,452,electricity,电力
busr,haul,p,e,1.4,452,electricity,电力
busr,wharf,p,e,0.8,452,electricity,电力
pond,wash,w,v,410,0.9,recycled water,回用水
yard,mill,m,t,520,312,blended ore,配矿
liquor,mill,m,v,690,38.4,strong liquor,蒸发母液
lime,mill,m,t,26,415,lime,石灰
mill,desil,m,v,980,121,slurry,原矿浆
desil,digest,m,v,990,123,slurry,原矿浆
liquor,digest,m,v,1250,38.4,strong liquor,蒸发母液
header,digest,h,t,285,142,high-pressure steam,高压蒸汽
digest,flash,m,v,2410,96,digested slurry,溶出浆
flash,settle,m,v,2250,95,diluted slurry,稀释浆
flash,desil,h,t,64,61,flash steam,二次汽
flash,boiler,w,t,150,18,condensate,冷凝水
settle,filter,m,v,1980,102,settler overflow,粗液
settle,mudwash,m,v,640,12,mud underflow,底流
mudwash,flash,w,v,410,14,wash liquor,洗液
mudwash,mudpond,m,t,265,-28,red mud,赤泥
mudpond,mudwash,w,v,120,1.2,return water,回水
filter,cool,m,v,1960,103,pregnant liquor,精液
cool,precip,m,v,1960,104,pregnant liquor,精液
seed,precip,m,t,860,1310,seed hydrate,种子
precip,class,m,v,2700,118,hydrate slurry,氢氧化铝浆
class,seed,m,t,862,1310,seed hydrate,种子
class,hydfil,m,t,345,1402,coarse hydrate,粗粒氢氧化铝
class,evap,m,v,1850,22,spent liquor,分解母液
cool,evap,h,t,40,55,heat,热量
hydfil,hydrate,m,t,342,1440,hydrate,氢氧化铝
hydrate,calc,m,t,338,1440,hydrate,氢氧化铝
gas,calc,h,v,19500,2.65,natural gas,天然气
calc,alumina,m,t,221,2455,alumina,氧化铝
header,evap,h,t,118,98,low-pressure steam,低压蒸汽
evap,liquor,m,v,1620,36.8,strong liquor,蒸发母液
evap,boiler,w,t,95,18,condensate,冷凝水
evap,caust,m,t,9,205,soda salt,结晶碱
caust,liquor,m,v,85,34,causticised liquor,苛化液
lime,caust,m,t,6,415,lime,石灰
soda,liquor,m,t,19.5,2980,caustic soda,烧碱
coal,coalyard,m,t,148,742,coal,煤
coalyard,boiler,h,t,142,751,coal,煤
coalyard,lime,h,t,5,751,coal,煤
boiler,turbine,h,t,640,158,live steam,主蒸汽
turbine,header,h,t,403,131,extracted steam,抽汽
boiler,header,h,t,40,158,live steam,主蒸汽
turbine,busr,p,e,96,418,electricity,电力
busr,buss,p,e,31,447,electricity,电力
busr,mill,p,e,9.2,452,electricity,电力
busr,digest,p,e,6.4,452,electricity,电力
busr,precip,p,e,5.1,452,electricity,电力
busr,calc,p,e,4.2,452,electricity,电力
busr,evap,p,e,3.9,452,electricity,电力
busr,boiler,p,e,8.3,452,electricity,电力
alumina,alsale,m,t,96,2890,alumina,氧化铝
alumina,line1,m,t,62,2610,alumina,氧化铝
alumina,line2,m,t,63,2610,alumina,氧化铝
grid,buss,p,e,862,463,grid power,网购电
buss,line1,p,e,437,471,DC power,直流电
buss,line2,p,e,442,471,DC power,直流电
buss,bake,p,e,2.2,468,electricity,电力
buss,cast,p,e,3.1,468,electricity,电力
coke,paste,m,t,29,3850,coke and pitch,焦与沥青
paste,bake,m,t,30.5,4010,green anode,生阳极
bake,rod,m,t,28.9,4480,prebaked anode,预焙阳极
rod,anodes,m,t,28.6,4620,rodded anode,组装阳极
anodes,line1,m,t,14.2,4655,rodded anode,组装阳极
anodes,line2,m,t,14.3,4655,rodded anode,组装阳极
line1,rod,m,t,3.6,2105,anode butt,残极
line2,rod,m,t,3.6,2105,anode butt,残极
rod,paste,m,t,6.9,2240,crushed butt,残极料
alf3,line1,m,t,0.51,9350,aluminium fluoride,氟化铝
alf3,line2,m,t,0.52,9350,aluminium fluoride,氟化铝
line1,hold,m,t,32.4,18240,hot metal,铝液
line2,hold,m,t,32.9,18240,hot metal,铝液
hold,cast,m,t,44,18290,hot metal,铝液
hold,billet,m,t,21,18290,hot metal,铝液
cast,metal,m,t,43.8,18640,ingot,铝锭
billet,metal,m,t,20.8,19120,billet,铝棒
reconc,dissolve,m,t,1.32,41500,rare-earth concentrate,稀土精矿
acid,dissolve,m,t,5.4,385,hydrochloric acid,盐酸
dissolve,cascade,m,v,8.6,6900,chloride liquor,氯化稀土液
acid,cascade,m,t,2.1,2980,base,碱
cascade,strip,m,v,12.5,5200,loaded organic,负载有机相
strip,cascade,m,v,12.3,410,stripped organic,空白有机相
acid,strip,m,t,3.2,385,hydrochloric acid,盐酸
strip,repre,m,v,7.1,9800,strip liquor,反萃液
repre,kiln,m,t,1.9,38200,oxalate,草酸稀土
kiln,reo,m,t,0.78,81200,oxide,氧化物
reo,resale,m,t,0.77,83900,oxide,氧化物
header,kiln,h,t,1.2,142,high-pressure steam,高压蒸汽
busr,cascade,p,e,1.1,455,electricity,电力
cascade,water,w,v,21,-7.5,saline water,含盐废水
repre,water,w,v,9,-7.5,mother liquor,沉淀母液
water,wash,w,v,24,0.8,recycled water,回用水
"""


def group(lang: str) -> tuple[list[Node], list[Link]]:
    """Read the tables above."""
    zh = int(lang == "zh")
    nodes = []
    for name, site, kind, en, cn, stock in csv.reader(io.StringIO(NODES)):
        amount = f"{float(stock):,.0f}" if stock else ""
        note = (f"stock {amount} t", f"库存 {amount} 吨")[zh] if stock else ""
        nodes.append(Node(name, (en, cn)[zh], kind, SITES[site][zh], note))  # type: ignore[arg-type]
    links = []
    for source, target, what, per, flow, price, *names in csv.reader(
        io.StringIO(LINKS)
    ):
        unit, price_unit = UNITS[per]
        ends = (source, target, names[zh], float(flow), unit, float(price), price_unit)
        links.append(Link(*ends, CARRIERS[what]))  # type: ignore[arg-type]
    return nodes, links


@pytest.fixture(scope="session")
def groups() -> dict[str, tuple[list[Node], list[Link]]]:
    """Give the group in each language."""
    return {lang: group(lang) for lang in ("en", "zh")}
