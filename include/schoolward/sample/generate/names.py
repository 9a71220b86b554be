"""Made-up names: schools called after land and water, people from two pools that share no family name."""

ELEMENTARY = (
    "Marigold Hill", "Cedar Hollow", "Willow Bend", "Oak Grove", "Peña Blanca", "Heron Marsh", "Cottonwood Creek", "Nueva Vista",
    "Birch Landing", "Prairie Crossing", "Foxglove", "Stone Bridge", "Rivière Dorée", "Sandpiper", "Maple Terrace", "Río Claro",
    "Bluestem", "Harbor View", "Sycamore Street", "Wild Plum", "Lantern Hill", "Juniper Park", "Kestrel Ridge", "Oak Grove",
    "Canal Street", "Meadowlark", "Orchard Lane", "Quarry Lake", "Silver Maple", "Thornapple", "Windmill Point", "Yarrow Field",
    "Amber Valley", "Basswood", "Clover Bend", "Dogwood Heights", "Elderberry", "Fern Hollow", "Goldenrod", "Hawthorn Court",
    "Iron Bridge", "Jack Pine",
)  # fmt: skip
MIDDLE = (
    "Lakeshore", "North Bluff", "Tamarack", "South Prairie", "Ravine Park", "Eastgate", "Límite Norte", "Westbrook",
    "Milkweed Commons", "Old Mill", "Turning Point",
)  # fmt: skip
HIGH = (
    "Lakeside Central",
    "Northfield",
    "Copper Harbor",
    "Southgate",
    "Limestone",
    "Grand Prairie",
    "Riverbend",
    "Cedar Bluff",
)
OPTIONS = ("Second Harbor Academy", "Evergreen Learning Center", "Lakeside Early College")

STAFF_GIVEN = (
    "Adaeze", "Bashir", "Carmela", "Dmitri", "Elif", "Farouk", "Giulia", "Hana", "Imani", "Joaquín", "Kenji", "Leilani", "Mateus",
    "Noor", "Oksana", "Priya", "Quentin", "Rosalind", "Soren", "Thandiwe", "Ulla", "Vikram", "Wren", "Ximena", "Yusuf", "Zofia",
)  # fmt: skip
STAFF_FAMILY = (
    "Abernethy", "Bjelland", "Castellane", "Dlaminor", "Eastwick", "Fontaneau", "Grzybek", "Hollinsworth", "Iturrieta", "Jankovich",
    "Kirinyaga", "Lindqvale", "Montesquiou", "Nakagiri", "Okwuosa", "Pellerinne", "Quispeza", "Rosenvinge", "Sørvik", "Tamboura",
    "Ushakova", "Valderrábano", "Wexcombe", "Yamashiro", "Zielonka",
)  # fmt: skip
STUDENT_GIVEN = (
    "Aria", "Benno", "Calla", "Dario", "Esme", "Fintan", "Greta", "Hugo", "Isla", "Jude", "Kaia", "Luca", "Mina", "Nico", "Opal",
    "Pax", "Quinn", "Remy", "Suri", "Theo", "Uma", "Vera", "Wilder", "Xara", "Yael", "Zane",
)  # fmt: skip
STUDENT_FAMILY = (
    "Ashgrovely", "Brackenfield", "Corvantes", "Dunmorrow", "Elmswithe", "Farrowick", "Glenhazel", "Huxtonley", "Ivorsen", "Jessamyne",
    "Kettlewin", "Larkspurre", "Merriweth", "Nettlecombe", "Ovingdale", "Pemberlyn", "Quillfeather", "Rushmoore", "Silverlockes",
    "Thistlewood", "Underhillock", "Vanterpoole", "Whitethorne", "Yellowleye", "Zephyrine",
)  # fmt: skip
