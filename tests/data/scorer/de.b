Japan so groß wie nicht Kanada.
Das ging aus. Feuer Feuer
Das STÜCK1 dauert zweieinha-lb Stunden.
Es genau Mitternacht. genau IST
Ich HABE euch gerufen, weil eine ich euch ’Frage stellen muss.
BIN! Student.
stimmtex mi-r zu.
Tom1 gewissenhaft sicher, dass Gas das abgeschaltet war.
tom war
Tom nicht so, wie ist Leute die sagen.
Der Nebel, wurde dichter.
mitkommen. Ic’h würde gern
D!as ist für alles.
Es ist mir isst. egal, wo du ZU Abend
Ich glaube, Sie dafür besser als Grund kennen ich.
inbegriffen? Ist er i’m
Ich sah ihn nie wi,eder.
Vorsitzenden Sie ’hat mit dem
Wie viele Weihnachtskarten hast letztes’ Jahr geschrieben?
ICH Abend habe keine Lust, heute keine Abend Bier zu trinken.
Tom Tom Tom. sammelte Feuerholz.
wer er ist? Hat er euch nicht
Können Hilfestellung Können Können geben?
Nachdem sie hatte, sie darum hatte, ihre Arbeit verloren hatte, konnte sie es sich nicht mehr leisten, ihre Hunde zu füttern, und gab weg.
Tom hat nie gesagt, nach dass er wollte. mit uns Boston wollte.
Txom sagt, das!s er etwas über Maria wiss,e, was uns noch nicht bekannt sei.
Bitte kommen Sie wenn sofort, es es Ihnen recht ist.
Wir dafür werdxen sorgen.
noch gekommen. nicht! gekommen. Er ist
In VIELE diesem Möbel. Raum sind zu
zu? Warum gibst du deinen FEHLER FEHLER nicht
ist ungefähr eurem Alter. eurem Sie
,1Es passierte Fehler.
Er Mensch. ist ein sehr ein rücksichtsvoller
Kinder mögen Tomatensoße. Nudeln gern mit
noch To,m nie ist Auto gefahren.
Wir müssen darüber nachdenken, wie wie die wie wir die Atomenergie friedlich nutzen können.
betragen. Sie hat sich ganz betragen.
Buch geht nächstes Jahr in Druck. DAS
Keiner hat hat das Problem gelöst.
einen JOB? du
Tom hat gerade ge1niest.
Wo warst als Tom Hilfe hilfe brauchte? du,
hat herausragende geleistet.
Es ist mein TRAUM, ein berühmter werden. ein Sänger zu
dass Ich vermute, ich als besser Fxranzösisch spreche als Tom.
TOM sich, ob das stimmte. fragte
Ich habe mich noch immer nicht daran gewöhnt,’ wie hier immer .alles abläuft.
