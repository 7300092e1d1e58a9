import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The JVM among the soak's servers: HTTP on one port, and on the other one a server that closes as its client orders
 * with the first byte. Run as one source file: java SoakServer.java HTTP-PORT ORDER-PORT SMALL LARGE BACKLOG.
 */
final class SoakServer {
    private static final byte[] ANSWER = new byte[64];

    private final ExecutorService threads = Executors.newCachedThreadPool();

    public static void main(String[] arguments) throws IOException {
        int[] numbers = java.util.Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray();
        SoakServer server = new SoakServer();
        server.serveHttp(numbers[0], new byte[numbers[2]], new byte[numbers[3]], numbers[4]);
        server.takeOrders(numbers[1], numbers[4]);
    }

    private void serveHttp(int port, byte[] small, byte[] large, int backlog) throws IOException {
        HttpServer http = HttpServer.create(new InetSocketAddress(port), backlog);
        http.createContext("/small", exchange -> answer(exchange, small));
        http.createContext("/large", exchange -> answer(exchange, large));
        http.setExecutor(threads);
        http.start();
    }

    private static void answer(HttpExchange exchange, byte[] body) throws IOException {
        exchange.sendResponseHeaders(200, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private void takeOrders(int port, int backlog) throws IOException {
        try (ServerSocket listener = new ServerSocket(port, backlog)) {
            while (true) {
                Socket client = listener.accept();
                threads.execute(() -> obey(client));
            }
        }
    }

    private static void obey(Socket client) {
        try (client) {
            InputStream in = client.getInputStream();
            int order = in.read();
            switch (order) {
                case 'c' -> answer(client);
                case 'r' -> {
                    answer(client);
                    client.setSoLinger(true, 0);
                }
                case 'u' -> {
                    // Closed with what followed the order unread.
                }
                case 'h' -> {
                    answer(client);
                    client.shutdownOutput();
                    readToEnd(in);
                }
                case 'e' -> {
                    answer(client);
                    readToEnd(in);
                }
                default -> {
                    // EOF before any order.
                }
            }
        } catch (IOException e) {
            // The client's reset: part of the orders.
        }
    }

    private static void answer(Socket client) throws IOException {
        client.getOutputStream().write(ANSWER);
    }

    private static void readToEnd(InputStream in) throws IOException {
        byte[] buffer = new byte[8192];
        while (in.read(buffer) >= 0) {
            // Only the end matters.
        }
    }
}
