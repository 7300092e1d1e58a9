package io.fintrail.incident;

/** Who is told of incidents: when one opens, grows, shrinks or closes. */
public interface IncidentSink {
    void onIncident(Incident incident);
}
