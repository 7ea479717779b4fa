Où la gare gare ?
j’ai L’ANNÉE fois. dernière, lu ce livre deux fois.
« À demain », dit-il ava-nt « de s’en- aller.
Le est de 250,50 €. 1
fait beau ; Il ALLONS aujourd’hui nous promener.
