package io.fintrail.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fintrail.incident.Incident;
import java.io.IOException;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** The fields of an incident line. */
class IncidentJsonTest {
    private static JsonNode written(Incident incident) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator to = new JsonFactory().createGenerator(text)) {
            to.writeStartObject();
            IncidentJson.write(to, incident, new WallClock(() -> 0));
            to.writeEndObject();
        }
        return new ObjectMapper().readTree(text.toString());
    }

    @Test
    void saysAllThatTheIncidentKnows() throws IOException {
        JsonNode line = written(Incidents.pile("pile-1", Incident.Change.GREW, 200, 1_000_000_000_000L, "haproxy"));

        assertThat(line.get("changed").asText()).isEqualTo("grew");
        assertThat(line.get("openedAt").asText()).isEqualTo("1970-01-01T00:16:35.000000000Z");
        assertThat(line.at("/holder/unit").asText()).isEqualTo("haproxy.service");
        assertThat(line.at("/holder/container").isNull()).isTrue();
        assertThat(line.at("/closedFirst/backend").asInt()).isEqualTo(200);
        assertThat(line.at("/verdicts/CLOSE_WAIT_PAIRED").asInt()).isEqualTo(200);
        assertThat(line.at("/fin/sentButLost").asInt()).isEqualTo(200);
        assertThat(line.at("/pairing/inferred").asInt()).isEqualTo(200);
        assertThat(line.at("/limits/0/most").asInt()).isEqualTo(20);
        assertThat(line.at("/doNow/0/frees").asInt()).isEqualTo(200);
        assertThat(line.at("/cannotKnowFromHere").size()).isEqualTo(1);
    }

    @Test
    void showsNamesOfTheHostEscaped() throws IOException {
        JsonNode line = written(Incidents.pile("pile-1", Incident.Change.OPENED, 8, 0, "\u001b[2J"));

        assertThat(line.at("/holder/comm").asText()).isEqualTo("\\x1b[2J");
        assertThat(line.get("headline").asText()).startsWith("\\x1b[2J on :8686");
    }
}
