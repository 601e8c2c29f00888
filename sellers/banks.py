"""Banks that can receive transfers: Colombian ones under the codes of the clearing house (ACH)."""

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

# Who has an account there is known by the NIB; the name is for people.
MOZAMBICAN_BANKS = (
    "Millennium bim",
    "BCI",
    "Standard Bank",
    "Absa",
    "FNB",
    "Moza Banco",
    "Access Bank",
    "Ecobank",
    "First Capital Bank",
    "Letshego",
    "Nedbank",
    "Société Générale",
    "UBA",
)
