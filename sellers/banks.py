"""Colombian banks that can receive transfers, under the codes of the clearing house (ACH)."""

BANKS = {
    "1007": "Bancolombia",
    "1051": "Davivienda",
    "1013": "BBVA Colombia",
    "1001": "Banco de Bogotá",
    "1023": "Banco de Occidente",
    "1002": "Banco Popular",
    "1052": "Banco AV Villas",
    "1032": "Banco Caja Social",
    "1040": "Banco Agrario",
    "1019": "Scotiabank Colpatria",
    "1006": "Itaú",
    "1009": "Citibank",
    "1012": "GNB Sudameris",
    "1060": "Banco Pichincha",
    "1062": "Banco Falabella",
    "1069": "Banco Serfinanza",
    "1507": "Nequi",
    "1551": "Daviplata",
    "1801": "Movii",
    "1809": "Nu",
}
