import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.gdcc.xoai.dataprovider.DataProvider;
import io.gdcc.xoai.dataprovider.exceptions.handler.IdDoesNotExistException;
import io.gdcc.xoai.dataprovider.filter.ScopedFilter;
import io.gdcc.xoai.dataprovider.model.Context;
import io.gdcc.xoai.dataprovider.model.Item;
import io.gdcc.xoai.dataprovider.model.ItemIdentifier;
import io.gdcc.xoai.dataprovider.model.MetadataFormat;
import io.gdcc.xoai.dataprovider.model.Set;
import io.gdcc.xoai.dataprovider.repository.ItemRepository;
import io.gdcc.xoai.dataprovider.repository.Repository;
import io.gdcc.xoai.dataprovider.repository.RepositoryConfiguration;
import io.gdcc.xoai.dataprovider.repository.ResultsPage;
import io.gdcc.xoai.dataprovider.repository.SetRepository;
import io.gdcc.xoai.model.oaipmh.DeletedRecord;
import io.gdcc.xoai.model.oaipmh.Granularity;
import io.gdcc.xoai.model.oaipmh.OAIPMH;
import io.gdcc.xoai.model.oaipmh.ResumptionToken;
import io.gdcc.xoai.model.oaipmh.results.record.Metadata;
import io.gdcc.xoai.services.impl.SimpleResumptionTokenFormat;
import io.gdcc.xoai.xml.XmlWriter;
import java.io.ByteArrayInputStream;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/**
 * A peer: the data provider of XOAI 5.3.0 (of Dataverse), over the JDK's HTTP server. Takes a port. Its addresses are
 * those of serving.py, with a third granularity: lenient (says seconds, takes days too).
 */
public class XoaiServer {
    static final int PAGE_SIZE = 50;
    static final Map<String, Granularity> GRANULARITIES = Map.of(
            "day", Granularity.Day, "second", Granularity.Second, "lenient", Granularity.Lenient);
    static final Map<String, List<Held>> HELD = new ConcurrentHashMap<>();

    record Held(String identifier, Instant datestamp, String set, boolean deleted, String title) implements Item {
        static Held parse(String line) {
            String[] fields = line.split("\t");
            return new Held(fields[0], Instant.parse(fields[1]), fields[2], fields[3].equals("deleted"), fields[4]);
        }

        public String getIdentifier() { return identifier; }
        public Instant getDatestamp() { return datestamp; }
        public List<Set> getSets() { return List.of(new Set(set).withName(set)); }
        public boolean isDeleted() { return deleted; }

        public Metadata getMetadata() {
            String text = title.replace("&", "&amp;").replace("<", "&lt;");
            String xml = "<oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\""
                    + " xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>" + text + "</dc:title>"
                    + "<dc:creator>Peer, A.</dc:creator>"
                    + "<dc:identifier>https://peer.example/" + identifier + "</dc:identifier></oai_dc:dc>";
            return Metadata.copyFromStream(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
        }
    }

    record Holdings(List<Held> held) implements ItemRepository, SetRepository {
        public boolean supportSets() { return true; }
        public boolean exists(String spec) { return held.stream().anyMatch(one -> one.set().equals(spec)); }

        public List<Set> getSets() {
            return held.stream().map(Held::set).distinct().sorted().map(spec -> new Set(spec).withName(spec)).toList();
        }

        public Held getItemIdentifier(String identifier) throws IdDoesNotExistException {
            return held.stream().filter(one -> one.identifier().equals(identifier)).findAny()
                    .orElseThrow(IdDoesNotExistException::new);
        }

        public Held getItem(String identifier, MetadataFormat format) throws IdDoesNotExistException {
            return getItemIdentifier(identifier);
        }

        public ResultsPage<ItemIdentifier> getItemIdentifiers(
                List<ScopedFilter> filters, MetadataFormat format, int size, ResumptionToken.Value asked) {
            return page(size, asked);
        }

        public ResultsPage<Item> getItems(
                List<ScopedFilter> filters, MetadataFormat format, int size, ResumptionToken.Value asked) {
            return page(size, asked);
        }

        private <T> ResultsPage<T> page(int size, ResumptionToken.Value asked) {
            List<Held> chosen = held.stream()
                    .filter(one -> !asked.hasSetSpec() || one.set().equals(asked.getSetSpec()))
                    .filter(one -> !asked.hasFrom() || !one.datestamp().isBefore(asked.getFrom()))
                    .filter(one -> !asked.hasUntil() || !one.datestamp().isAfter(asked.getUntil()))
                    .toList();
            List<Held> left = chosen.stream().skip(asked.getOffset()).toList();
            @SuppressWarnings("unchecked")
            List<T> given = (List<T>) left.stream().limit(size).toList();
            return new ResultsPage<>(asked, left.size() > size, given, chosen.size());
        }
    }

    static void answer(HttpExchange exchange) throws Exception {
        String[] path = exchange.getRequestURI().getPath().split("/");
        if (exchange.getRequestMethod().equals("PUT")) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            HELD.put(path[1], body.lines().map(Held::parse).toList());
            exchange.sendResponseHeaders(204, -1);
            return;
        }
        Granularity granularity = GRANULARITIES.get(path[2]);
        List<Held> held = HELD.get(path[1]);
        RepositoryConfiguration configuration = new RepositoryConfiguration.RepositoryConfigurationBuilder()
                .withRepositoryName("XOAI")
                .withBaseUrl("http:/" + exchange.getLocalAddress() + exchange.getRequestURI().getPath())
                .withAdminEmail("admin@peer.example")
                .withEarliestDate(held.stream().map(Held::datestamp).min(Instant::compareTo).orElseThrow())
                .withDeleteMethod(DeletedRecord.PERSISTENT)
                .withGranularity(granularity)
                .withResumptionTokenFormat(new SimpleResumptionTokenFormat().withGranularity(granularity))
                .withMaxListRecords(PAGE_SIZE)
                .withMaxListIdentifiers(PAGE_SIZE)
                .build();
        Holdings holdings = new Holdings(held);
        Context context = new Context().withMetadataFormat(MetadataFormat.metadataFormat("oai_dc")
                .withNamespace("http://www.openarchives.org/OAI/2.0/oai_dc/")
                .withSchemaLocation("http://www.openarchives.org/OAI/2.0/oai_dc.xsd")
                .withTransformer(MetadataFormat.identity()));
        DataProvider provider = new DataProvider(
                context, new Repository(configuration).withItemRepository(holdings).withSetRepository(holdings));
        OAIPMH answer = provider.handle(parameters(exchange.getRequestURI().getRawQuery()));
        byte[] body = XmlWriter.toString(answer, configuration).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/xml; charset=utf-8");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
    }

    static Map<String, String[]> parameters(String query) {
        Map<String, String[]> parameters = new HashMap<>();
        for (String part : query.split("&")) {
            String[] sides = part.split("=", 2);
            parameters.put(sides[0], new String[] {URLDecoder.decode(sides[1], StandardCharsets.UTF_8)});
        }
        return parameters;
    }

    public static void main(String[] arguments) throws Exception {
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0]));
        HttpServer server = HttpServer.create(address, 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> {
            try (exchange) {
                answer(exchange);
            } catch (Exception error) {
                error.printStackTrace();
            }
        });
        server.start();
    }
}
