"""What report.html says beside the results: how to read it, and what it must not be used for."""

HOW_TO_READ = """
<ul>
<li><strong>Shares</strong> are shares of the time observed, not of the number of pictures; surer
readings count more.</li>
<li><strong>Seven expressions</strong> are what a model sees in the face. The <strong>eight
states</strong> follow from them by a fixed, documented map; worry, exhaustion and boredom hardly
show in a face and are guesses.</li>
<li><strong>Valence</strong> goes from −1 (unpleasant) to +1 (pleasant), <strong>arousal</strong>
from −1 (calm) to +1 (activated).</li>
<li><strong>Variability</strong> goes from 0 (steady) to 1 (a different expression every
moment).</li>
<li><strong>Confidence</strong> goes from 0 to 1. Where it is low, or too little was seen, no
expression is named.</li>
<li><strong>Age</strong> is the range in which the model expects the age in nine cases of ten: how
old somebody looks.</li>
</ul>
"""

RESPONSIBLE_USE = """
<p>This page tells which expression a face <strong>showed</strong>. It does not tell what somebody
felt, thought or meant: people smile when they are sad, and a resting face can look angry. Models
err more for some groups of people than for others.</p>
<p>Not for use at work or in education: the EU AI Act (Regulation (EU) 2024/1689, Article 5(1)(f))
forbids inferring emotions there, medical and safety reasons aside, and Article 50(3) asks that
people are told where emotion recognition is used on them. Not for decisions about people. Faces and
what is measured on them are personal data: ask first, keep no more than you need.</p>
"""
