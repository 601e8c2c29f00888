"""The departments of Colombia and the cities we deliver to, with their places on the map."""

from marketplace.markets.base import City, Region

# DANE code | department | city, latitude, longitude; …
_TABLE = """
11|Bogotá D. C.|Bogotá,4.711,-74.072
05|Antioquia|Medellín,6.244,-75.581;Envigado,6.170,-75.585;Itagüí,6.172,-75.609;Bello,6.337,-75.556;Rionegro,6.155,-75.374
08|Atlántico|Barranquilla,10.969,-74.781;Soledad,10.918,-74.765
13|Bolívar|Cartagena,10.391,-75.479;Mompox,9.242,-74.426
15|Boyacá|Tunja,5.535,-73.368;Duitama,5.827,-73.034;Ráquira,5.539,-73.633;Villa de Leyva,5.633,-73.524
17|Caldas|Manizales,5.070,-75.514;Aguadas,5.611,-75.456
18|Caquetá|Florencia,1.614,-75.606
85|Casanare|Yopal,5.338,-72.396
19|Cauca|Popayán,2.444,-76.615;Silvia,2.612,-76.379
20|Cesar|Valledupar,10.463,-73.253
27|Chocó|Quibdó,5.694,-76.661
23|Córdoba|Montería,8.748,-75.881
25|Cundinamarca|Soacha,4.579,-74.217;Chía,4.859,-74.059;Zipaquirá,5.022,-74.004;Fusagasugá,4.337,-74.364
94|Guainía|Inírida,3.865,-67.924
95|Guaviare|San José del Guaviare,2.573,-72.646
41|Huila|Neiva,2.927,-75.282;Pitalito,1.854,-76.051
44|La Guajira|Riohacha,11.544,-72.907;Uribia,11.714,-72.266
47|Magdalena|Santa Marta,11.241,-74.199
50|Meta|Villavicencio,4.142,-73.627
52|Nariño|Pasto,1.214,-77.281
54|Norte de Santander|Cúcuta,7.894,-72.508
86|Putumayo|Mocoa,1.149,-76.648
63|Quindío|Armenia,4.534,-75.681;Salento,4.637,-75.570
66|Risaralda|Pereira,4.813,-75.696;Dosquebradas,4.839,-75.668
88|San Andrés|San Andrés,12.584,-81.701
68|Santander|Bucaramanga,7.119,-73.122;Floridablanca,7.065,-73.090;Barichara,6.637,-73.223
70|Sucre|Sincelejo,9.305,-75.398
73|Tolima|Ibagué,4.439,-75.232
76|Valle del Cauca|Cali,3.452,-76.532;Palmira,3.539,-76.304;Buenaventura,3.880,-77.031
97|Vaupés|Mitú,1.254,-70.235
99|Vichada|Puerto Carreño,6.189,-67.486
81|Arauca|Arauca,7.084,-70.759
91|Amazonas|Leticia,-4.215,-69.941
"""


def _city(text: str) -> City:
    name, latitude, longitude = text.split(",")
    return City(name=name, latitude=float(latitude), longitude=float(longitude))


REGIONS = tuple(
    sorted(
        (
            Region(code=code, name=name, cities=tuple(map(_city, cities.split(";"))))
            for code, name, cities in (line.split("|") for line in _TABLE.strip().splitlines())
        ),
        key=lambda region: region.name.replace("Á", "A"),
    )
)
