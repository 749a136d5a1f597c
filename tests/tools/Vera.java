import java.io.FileInputStream;
import java.util.Set;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Asks veraPDF about each FILE=FLAVOUR (3a, ua1 …) and prints one line per verdict, with tabs between:
 * PASS file flavour, or FAIL file flavour and the rules broken. Run by vera.py, which trusts PASS alone.
 */
public class Vera {
    private static final int MOST_FAILURES = 500;

    public static void main(String[] questions) {
        VeraGreenfieldFoundryProvider.initialise();
        for (String question : questions) {
            int split = question.lastIndexOf('=');
            String file = question.substring(0, split);
            String flavour = question.substring(split + 1);
            String broken;
            try {
                broken = brokenRules(file, PDFAFlavour.fromString(flavour));
            } catch (Exception | LinkageError error) {
                broken = "kunde inte läsas: " + error;
            }
            System.out.println(String.join("\t", broken.isEmpty() ? "PASS" : "FAIL", file, flavour, broken));
        }
    }

    private static String brokenRules(String file, PDFAFlavour flavour) throws Exception {
        try (var stream = new FileInputStream(file);
                var parser = Foundries.defaultInstance().createParser(stream, flavour);
                var validator = Foundries.defaultInstance()
                        .createValidator(flavour, MOST_FAILURES, false, false, false)) {
            ValidationResult result = validator.validate(parser);
            if (result.isCompliant() && result.getPDFAFlavour() == flavour && result.getTotalAssertions() > 0) {
                return "";
            }
            Set<String> rules = new TreeSet<>();
            for (TestAssertion assertion : result.getTestAssertions()) {
                if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                    var rule = assertion.getRuleId();
                    String text = rule.getClause() + "-" + rule.getTestNumber() + " " + assertion.getMessage()
                            + " @ " + assertion.getLocation().getContext();
                    rules.add(text.replaceAll("\\s+", " "));
                }
            }
            return rules.isEmpty() ? "inte godkänd, utan angiven regel" : String.join("\t", rules);
        }
    }
}
